//! Tells the crate what it is built for, and what is linked to libpython where that was.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let triple = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=MOCHI_BUILD_TRIPLE={triple}");
    #[cfg(feature = "embedded")]
    libpython(&triple);
}

#[cfg(feature = "embedded")]
fn libpython(triple: &str) {
    assert!(
        !triple.starts_with("wasm"),
        "the runtime mode `embedded` cannot work on {triple}: there is no libpython to link to; \
         build without the feature `embedded`"
    );
    pyo3_build_config::use_pyo3_cfgs();
    // libpython seldom lies where the dynamic linker looks by itself.
    let config = pyo3_build_config::get();
    if let (true, Some(folder)) = (cfg!(unix), config.lib_dir()) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
