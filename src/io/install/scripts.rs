//! Commands: the small scripts of entry points, and the first line of scripts that a wheel brings.

use std::path::Path;

use wheel::PackageName;
use wheel::program::{Reserved, reserved};

use super::InstallError;
use super::manifest::{Manifest, ManifestScript};
use super::site::Site;

/// The longest first line that every system takes (Linux before 5.1: 127 bytes with the `#!`).
const LONGEST_SHEBANG: usize = 127;

/// The line, or two lines, that make a script run under a Python, with the line end.
pub(crate) fn shebang(python: Option<&Path>) -> Result<String, InstallError> {
    let Some(python) = python else {
        return Ok("#!/usr/bin/env python3\n".to_owned());
    };
    let refused = || InstallError::Shebang {
        python: python.to_path_buf(),
    };
    let path = python.to_str().ok_or_else(refused)?;
    let unusable = |c: char| c.is_control() || matches!(c, '\'' | '"' | '\\' | '$' | '`');
    if path.contains(unusable) {
        return Err(refused());
    }
    let line = format!("#!{path}\n");
    if line.len() <= LONGEST_SHEBANG && !path.contains(char::is_whitespace) {
        return Ok(line);
    }
    // To the shell, the second line runs Python on this file; to Python, lines two and three are
    // a string without effect.
    Ok(format!(
        "#!/bin/sh\n'''exec' '{path}' \"$0\" \"$@\"\n' '''\n"
    ))
}

/// The script of an entry point.
pub(crate) fn entry_script(script: &ManifestScript, shebang: &str) -> String {
    let (module, attribute) = (&script.module, &script.attribute);
    let imported = attribute.split('.').next().unwrap_or(attribute);
    format!(
        "{shebang}import sys\n\nfrom {module} import {imported}\n\nif __name__ == \"__main__\":\n    \
         sys.exit({attribute}())\n"
    )
}

/// A script of a wheel with its `#!python` replaced; `None` if it does not begin so.
pub(crate) fn rewrite(content: &[u8], shebang: &str) -> Option<Vec<u8>> {
    let end = content
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(content.len());
    let (line, rest) = content.split_at(end);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    line.starts_with(b"#!python")
        .then(|| [shebang.as_bytes(), rest].concat())
}

/// Whether a script begins as one whose interpreter is to be put in.
pub(crate) fn is_rewritten(content: &[u8]) -> bool {
    content.starts_with(b"#!python")
}

/// Checks the commands of a package before anything is placed.
///
/// # Errors
/// [`InstallError::ScriptName`], [`InstallError::Launchers`].
pub(crate) fn check(manifest: &Manifest, site: &Site) -> Result<(), InstallError> {
    let package = &manifest.name;
    let entry_points = manifest.scripts.iter().map(|script| script.name.as_str());
    let files = manifest
        .files
        .iter()
        .filter(|file| file.root == super::site::Root::Scripts)
        .map(super::manifest::ManifestFile::path);
    for name in entry_points.chain(files) {
        if let Some(whose) = refused(name, package) {
            return Err(InstallError::ScriptName {
                package: package.clone(),
                script: name.to_owned(),
                whose,
            });
        }
    }
    if site.windows && !manifest.scripts.is_empty() {
        let names: Vec<&str> = manifest
            .scripts
            .iter()
            .map(|script| script.name.as_str())
            .collect();
        return Err(InstallError::Launchers {
            package: package.clone(),
            scripts: names.join(", "),
        });
    }
    Ok(())
}

/// Whose the name is, if it is not the package's to take.
fn refused(name: &str, package: &PackageName) -> Option<Reserved> {
    reserved(name).filter(|whose| *whose != Reserved::Pip || package.as_str() != "pip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_stands_in_the_first_line() {
        assert_eq!(
            shebang(Some(Path::new("/v/bin/python"))).unwrap(),
            "#!/v/bin/python\n"
        );
        assert_eq!(shebang(None).unwrap(), "#!/usr/bin/env python3\n");
    }

    #[test]
    fn a_long_path_or_one_with_spaces_goes_through_the_shell() {
        let long = format!("/{}/python", "x".repeat(120));
        for path in ["/my venv/bin/python", &long] {
            let text = shebang(Some(Path::new(path))).unwrap();
            assert!(text.starts_with("#!/bin/sh\n'''exec' '"), "{text}");
            assert!(text.lines().all(|line| line != path) && text.contains(path));
        }
    }

    #[test]
    fn a_path_that_no_script_can_carry_is_refused() {
        for path in ["/a'b/python", "/a\"b", "/a\nb", "/a\\b", "/a$b", "/a`b"] {
            assert!(
                matches!(
                    shebang(Some(Path::new(path))),
                    Err(InstallError::Shebang { .. })
                ),
                "{path}"
            );
        }
    }

    #[test]
    fn an_entry_point_is_imported_and_called() {
        let script = ManifestScript {
            name: "demo".into(),
            gui: false,
            module: "demo.cli".into(),
            attribute: "App.main".into(),
        };
        let text = entry_script(&script, "#!/p\n");
        assert!(text.starts_with("#!/p\nimport sys\n"));
        assert!(
            text.contains("from demo.cli import App\n") && text.contains("sys.exit(App.main())")
        );
    }

    #[test]
    fn only_a_python_line_is_rewritten() {
        let rewritten = |text: &str| {
            rewrite(text.as_bytes(), "#!/p\n").map(|bytes| String::from_utf8(bytes).unwrap())
        };
        assert_eq!(rewritten("#!python\nprint()\n").unwrap(), "#!/p\nprint()\n");
        assert_eq!(rewritten("#!pythonw -E\r\nx").unwrap(), "#!/p\nx");
        assert_eq!(rewritten("#!python").unwrap(), "#!/p\n");
        assert_eq!(rewritten("#!/bin/sh\n"), None);
        assert_eq!(rewritten("print()"), None);
    }

    #[test]
    fn names_of_the_interpreter_and_of_the_venv_are_refused() {
        let demo = "demo".parse().unwrap();
        for name in [
            "python",
            "Python3",
            "python3.13",
            "python3.13t",
            "pythonw.exe",
            "activate",
            "Activate.ps1",
            "pip3",
            "pip",
        ] {
            assert!(refused(name, &demo).is_some(), "{name}");
        }
        for name in [
            "python-tool",
            "pip-compile",
            "pipx",
            "activate-global",
            "pytest",
            "pythonista",
        ] {
            assert!(refused(name, &demo).is_none(), "{name}");
        }
        assert!(refused("pip3.13", &"pip".parse().unwrap()).is_none());
    }
}
