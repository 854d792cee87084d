# What the tests of this crate need; to be sourced by scripts/referee, after `target`, `referee`
# and `has` are set.
#
# clang and its linker are installed where they are missing. Rust for wasm32-unknown-emscripten is
# Debian's, unpacked without being installed: its std comes as sources, so that cargo compiles it,
# and it does not get in the way of another Rust. The libraries that its LLVM needs (libz3, libedit,
# libxml2) have come with clang.

has clang-19 clang-19
has wasm-ld-19 lld-19
has /usr/include/wasm32-wasi wasi-libc

# The folder is not open to the user whom apt would take for it.
as_root="-o APT::Sandbox::User=root"
rust_packages="rustc-web rust-web-src libstd-rust-web-dev"

# rust_for_pyodide FOLDER: unpacks Debian's Rust for wasm, of the version that apt has.
rust_for_pyodide() {
    local folder="$1" wanted names
    wanted="$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')"
    if [ -z "$wanted" ] || [ "$wanted" = "(none)" ]; then
        apt-get update -qq
        wanted="$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')"
    fi
    if [ -f "$folder/wanted" ] && [ "$(cat "$folder/wanted")" = "$wanted" ]; then return; fi
    rm -rf "$folder"
    mkdir -p "$folder/packages"
    # The driver of rustc is in a package that has the version in its name; it needs its LLVM.
    names="$rust_packages $(apt-cache depends libstd-rust-web-dev | sed -n 's/^ *Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p')"
    # shellcheck disable=SC2086 # a list of words
    names="$names $(apt-cache depends ${names##* } | sed -n 's/^ *Depends: \(libllvm[0-9]*\)$/\1/p')"
    # shellcheck disable=SC2086 # a list of words
    (cd "$folder/packages" && { apt-get $as_root download -qq $names || { apt-get update -qq && apt-get $as_root download -qq $names; }; })
    for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
    rm -r "$folder/packages"
    mkdir -p "$folder/bin"
    cat >"$folder/bin/rustc" <<'END'
#!/bin/sh
folder="$(cd "$(dirname "$0")/.." && pwd)"
for libraries in "$folder"/usr/lib/*-linux-gnu*; do
    LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$folder/usr/bin/rustc" "$@"
END
    chmod +x "$folder/bin/rustc"
    if ! "$folder/bin/rustc" --version >/dev/null; then
        echo "Debian's rustc-web does not run: install the libraries that it names above" >&2
        exit 1
    fi
    echo "$wanted" >"$folder/wanted"
}

if [ -z "${MOCHI_REFEREE_RUSTC:-}" ]; then
    if ! command -v dpkg-deb >/dev/null || ! command -v apt-get >/dev/null; then
        echo "the tests need a rustc 1.93 or later that builds for wasm32-unknown-emscripten: set MOCHI_REFEREE_RUSTC" >&2
        exit 1
    fi
    rust_for_pyodide "$referee/rust"
    MOCHI_REFEREE_RUSTC="$(cd "$referee/rust" && pwd)/bin/rustc"
fi
MOCHI_REFEREE_CARGO="${MOCHI_REFEREE_CARGO:-$(command -v cargo)}"
export MOCHI_REFEREE_RUSTC MOCHI_REFEREE_CARGO
