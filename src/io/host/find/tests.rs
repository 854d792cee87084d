use super::super::{Platform, Scheme};
use super::*;

pub(crate) fn interpreter(version: (u32, u32, u32)) -> Interpreter {
    let prefix = PathBuf::from("/opt/python");
    Interpreter {
        executable: prefix.join("bin/python3"),
        version,
        freethreaded: false,
        implementation: "cpython".to_owned(),
        prefix: prefix.clone(),
        base_prefix: prefix.clone(),
        stdlib: prefix.join("lib"),
        scheme: Scheme::of_folder(&prefix),
        platform: Platform {
            os: "linux".to_owned(),
            machine: "x86_64".to_owned(),
            libc: None,
            macos: None,
        },
    }
}

#[test]
fn names_of_installations_hold_versions() {
    for (name, python) in [
        ("3.13.0", Some("3.13.0")),
        ("3.13.0t", Some("3.13.0t")),
        ("3.13", Some("3.13")),
        ("cpython-3.12.7-linux-x86_64-gnu", Some("3.12.7")),
        (
            "cpython-3.14.0+freethreaded-linux-x86_64-gnu",
            Some("3.14.0t"),
        ),
        ("Python313", Some("3.13")),
        ("pypy3.10-7.3.17", None),
        ("graalpy-24.1", None),
        ("2.7.18", None),
        ("3.13.0.1", None),
        ("my-project", None),
        ("3.14-dev", None),
    ] {
        assert_eq!(
            version_in(name).map(|found| found.to_string()).as_deref(),
            python,
            "{name}"
        );
    }
}

#[cfg(unix)]
mod machine {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A file that answers like a Python of this version, and writes down that it was started.
    fn fake(path: &Path, version: (u32, u32, u32)) {
        let answer = serde_json::to_string(&Interpreter {
            executable: path.to_path_buf(),
            ..interpreter(version)
        })
        .unwrap();
        let log = path.with_extension("log");
        let text = format!(
            "#!/bin/sh\necho started >> '{}'\necho 'mochi-interpreter:{answer}'\n",
            log.display()
        );
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn machine(root: &Path) -> HostEnv {
        fake(&root.join("bin/python3.11"), (3, 11, 2));
        symlink("python3.11", root.join("bin/python3")).unwrap();
        fake(
            &root.join("pyenv/versions/3.9.18/bin/python3.9"),
            (3, 9, 18),
        );
        fake(
            &root.join("pyenv/versions/3.13.0/bin/python3.13"),
            (3, 13, 0),
        );
        fake(
            &root.join("pyenv/versions/3.13.10/bin/python3.13"),
            (3, 13, 10),
        );
        fake(&root.join("pyenv/shims/python3.14"), (3, 11, 2));
        HostEnv {
            path: vec![root.join("pyenv/shims"), root.join("bin")],
            pyenv_root: Some(root.join("pyenv")),
            ..HostEnv::default()
        }
    }

    #[test]
    fn the_newest_is_found_in_pyenv_and_shims_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let search = Search::new(&machine(root.path()));
        let prober = Prober::new(None);
        assert_eq!(
            search.newest(&prober, |_| true).unwrap().version,
            (3, 13, 10)
        );
        let older = search
            .newest(&prober, |found| found.version.1 < 13)
            .unwrap();
        assert_eq!(older.version, (3, 11, 2));
        let started = root.path().join("pyenv/versions/3.9.18/bin/python3.log");
        assert!(!started.exists(), "what cannot be chosen is not started");
        assert!(!root.path().join("pyenv/shims/python3.log").exists());
        assert!(search.newest(&prober, |_| false).is_none());
    }

    #[test]
    fn a_minor_is_found_or_the_error_says_where_it_was_not() {
        let root = tempfile::tempdir().unwrap();
        let search = Search::new(&machine(root.path()));
        let prober = Prober::new(None);
        let found = search.of_minor(PythonVersion::new(3, 9), &prober).unwrap();
        assert_eq!(found.version, (3, 9, 18));
        let error = search
            .of_minor(PythonVersion::new(3, 12), &prober)
            .unwrap_err()
            .to_string();
        for part in [
            "no CPython 3.12",
            "on the PATH (2 folders)",
            "pyenv/versions",
            "found 3.9, 3.11, 3.13",
        ] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
        let free = PythonVersion {
            freethreaded: true,
            ..PythonVersion::new(3, 13)
        };
        assert!(
            search
                .of_minor(free, &prober)
                .unwrap_err()
                .to_string()
                .contains("3.13t")
        );
    }

    #[test]
    fn a_python_that_is_broken_gives_way_to_the_next() {
        let root = tempfile::tempdir().unwrap();
        let env = machine(root.path());
        let broken = root.path().join("bin/python3.13");
        fs::write(&broken, "#!/bin/sh\nexit 1\n").unwrap();
        fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
        let search = Search::new(&env);
        let found = search
            .of_minor(PythonVersion::new(3, 13), &Prober::new(None))
            .unwrap();
        assert_eq!(found.version, (3, 13, 10));
    }

    #[test]
    fn an_active_venv_stands_for_its_base() {
        let root = tempfile::tempdir().unwrap();
        let mut env = machine(root.path());
        let venv = root.path().join("venv");
        fake(&venv.join("bin/python3.11"), (3, 11, 9));
        let config = format!(
            "home = {}\nversion = 3.11.2\n",
            root.path().join("bin").display()
        );
        fs::write(venv.join("pyvenv.cfg"), config).unwrap();
        env.path = vec![venv.join("bin")];
        let search = Search::new(&env);
        let found = search
            .of_minor(PythonVersion::new(3, 11), &Prober::new(None))
            .unwrap();
        assert_eq!(found.executable, root.path().join("bin/python3.11"));
    }
}
