//! Building a crate of PyO3.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::c::absolute;
use crate::rust_tools::{Rust, Std, TARGET, rust_lld_in};
use crate::shim::{self, Call};
use crate::toolchain::{Pythons, Toolchain, find_linker};
use crate::{BuildError, Built, Machine, Place, RustCode, Source, Work, process, source};

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// Has cargo build the crate, with our linker or Emscripten's.
pub(crate) fn build(
    source: &Source,
    code: &RustCode,
    place: &Place<'_>,
    machine: &Machine,
    work: &Work<'_>,
) -> Result<Built, BuildError> {
    let RustCode {
        crate_dir,
        features,
        ..
    } = code;
    if !crate_dir.join("Cargo.toml").is_file() {
        return Err(BuildError::NoCrate {
            crate_dir: crate_dir.clone(),
        });
    }
    if !source::has_wasm_exceptions(place.release) {
        return Err(BuildError::Exceptions {
            name: source.name.clone(),
            release: place.release.version.clone(),
            language: "Rust",
            hint: "",
        });
    }
    let crate_dir = absolute(crate_dir)?;
    let rust = Rust::find(machine, &crate_dir)?;
    let folder = absolute(work.folder)?;
    fs::create_dir_all(&folder).map_err(BuildError::disk("make", &folder))?;
    let (linker, linker_name) = linker(place, machine, (&rust, &folder, work.driver))?;
    let target = folder.join("target");
    let mut command = cargo(&rust, &crate_dir, features);
    let root = workspace(&rust, &crate_dir)?;
    if root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    let home = machine.cargo_home.as_deref();
    command
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER", &linker)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(&rust, home, &root, &target),
        )
        // PyO3 needs no interpreter, only the version of the one that will load it.
        .env(
            "PYO3_CROSS_PYTHON_VERSION",
            place.release.minor().to_string(),
        );
    let said = process::run(&mut command)?;
    if !said.succeeded {
        return Err(BuildError::Cargo {
            crate_dir,
            words: said.stderr.trim().to_owned(),
        });
    }
    let output = artifact(&said.stdout, &crate_dir).ok_or(BuildError::NoCdylib { crate_dir })?;
    Ok(Built {
        bytes: fs::read(&output).map_err(BuildError::disk("read", &output))?,
        suffix: source.suffix(place.release),
        tools: vec![format!("rustc {}", rust.version), linker_name],
    })
}

/// The linker for cargo: emcc of the release, or a script that calls the driver.
fn linker(
    place: &Place<'_>,
    machine: &Machine,
    (rust, folder, driver): (&Rust, &Path, &[OsString]),
) -> Result<(PathBuf, String), BuildError> {
    let pythons = Pythons::default();
    if let Some(found) = Toolchain::emcc(machine, place.release) {
        return Ok((found.program, found.tools[0].clone()));
    }
    if driver.is_empty() {
        return Err(BuildError::BadLink {
            reason: "a crate needs a driver, and none was given".to_owned(),
        });
    }
    let preferred = rust_lld_in(&rust.sysroot);
    let (words, name) = find_linker(machine, &pythons, preferred, None)?;
    let mut call = driver.to_vec();
    call.extend(Call::prefix(&words));
    let text =
        shim::script(&call, cfg!(windows)).map_err(|reason| BuildError::BadLink { reason })?;
    let script = folder.join(if cfg!(windows) { "link.bat" } else { "link.sh" });
    fs::write(&script, text).map_err(BuildError::disk("write", &script))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
            .map_err(BuildError::disk("write", &script))?;
    }
    Ok((script, name))
}

fn cargo(rust: &Rust, crate_dir: &Path, features: &[String]) -> Command {
    let mut command = Command::new(&rust.cargo);
    command
        .args(["build", "--quiet", "--release", "--lib", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(crate_dir)
        .env("RUSTC", &rust.rustc)
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        // The linker strips; what rustc would call for it knows nothing of wasm.
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    if rust.std == Std::Sources {
        command
            .arg("-Zbuild-std=std,panic_unwind")
            .env("RUSTC_BOOTSTRAP", "1");
    }
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command
}

/// The folder of the workspace that the crate is in; its own, where it is in none.
fn workspace(rust: &Rust, crate_dir: &Path) -> Result<PathBuf, BuildError> {
    let said = process::ask(
        Command::new(&rust.cargo)
            .args(["locate-project", "--workspace", "--message-format=plain"])
            .current_dir(crate_dir)
            .env("RUSTC", &rust.rustc),
    )?;
    // What is wrong with the manifest, cargo says in the build.
    let manifest = Path::new(said.stdout.trim());
    Ok(manifest
        .parent()
        .filter(|folder| folder.is_absolute())
        .unwrap_or(crate_dir)
        .to_path_buf())
}

/// The flags of rustc: no paths of this machine in the output.
fn flags(rust: &Rust, home: Option<&Path>, root: &Path, target: &Path) -> OsString {
    let mut flags = vec![OsString::from("-Cdebuginfo=0")];
    if rust.std == Std::Sources {
        // Without a compiled std there is no linker of the target's own in the sysroot either.
        flags.push("-Clink-self-contained=-linker".into());
        flags.push("-Zunstable-options".into());
    }
    let renamed = [
        (Some(rust.sysroot.as_path()), "rust"),
        (home, "cargo"),
        (Some(root), "."),
        (Some(target), "target"),
    ];
    for (folder, name) in renamed {
        let Some(folder) = folder else { continue };
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flags.push(flag);
    }
    flags.join(SEPARATOR.as_ref())
}

/// The library of the crate in what cargo reports.
fn artifact(report: &str, crate_dir: &Path) -> Option<PathBuf> {
    let manifest = crate_dir.join("Cargo.toml");
    report
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|message| {
            message["reason"] == "compiler-artifact"
                && message["manifest_path"]
                    .as_str()
                    .is_some_and(|path| same(Path::new(path), &manifest))
        })
        .filter_map(|message| {
            let files = message["filenames"].as_array()?;
            files.iter().find_map(|file| {
                let path = Path::new(file.as_str()?);
                let end = path.extension()?;
                (end == "wasm" || end == "so").then(|| path.to_path_buf())
            })
        })
        .next_back()
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_reports() {
        let report = r#"
{"reason":"compiler-artifact","manifest_path":"/other/Cargo.toml","filenames":["/o/other.wasm"]}
{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","filenames":["/t/libfast.rlib","/t/fast.wasm"]}
{"reason":"build-finished","success":true}
not JSON
"#;
        assert_eq!(
            artifact(report, Path::new("/a")),
            Some(PathBuf::from("/t/fast.wasm"))
        );
        assert_eq!(artifact(report, Path::new("/b")), None);
    }

    #[test]
    fn flags_name_no_folder_without_another_name_for_it() {
        let rust = Rust {
            rustc: PathBuf::from("rustc"),
            cargo: PathBuf::from("cargo"),
            version: crate::Version::new(1, 96, 0),
            sysroot: PathBuf::from("/rust"),
            std: Std::Sources,
        };
        let flags = flags(&rust, None, Path::new("/a b"), Path::new("/t"));
        let flags: Vec<&str> = flags.to_str().unwrap().split(SEPARATOR).collect();
        assert!(flags.contains(&"--remap-path-prefix=/a b=."));
        assert!(flags.contains(&"-Clink-self-contained=-linker"));
    }
}
