use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::find::tests::interpreter;
use super::*;

/// The files of a venv, without a Python behind them.
fn files(folder: &Path, config: &str, library: &str, target: &Path) {
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::create_dir_all(folder.join("lib").join(library).join("site-packages")).unwrap();
    fs::write(folder.join("pyvenv.cfg"), config).unwrap();
    symlink(target, folder.join("bin/python")).unwrap();
}

fn base(root: &Path, name: &str) -> PathBuf {
    let path = root.join(name);
    fs::write(&path, "").unwrap();
    path
}

#[test]
fn a_venv_is_read_from_its_files() {
    let root = tempfile::tempdir().unwrap();
    let python = base(root.path(), "python3.13");
    let venv = root.path().join("venv");
    files(
        &venv,
        "home = /usr/bin\nversion = 3.13.2\n",
        "python3.13",
        &python,
    );
    let read = Venv::read(&venv).unwrap().unwrap();
    assert_eq!(read.version.to_string(), "3.13.2");
    assert_eq!(read.home, Path::new("/usr/bin"));
    assert_eq!(
        read.scheme.purelib,
        venv.join("lib/python3.13/site-packages")
    );
    assert_eq!(read.scheme.headers, venv.join("include/site/python3.13"));
    assert!(read.is_of(PythonVersion::new(3, 13)) && !read.is_of(PythonVersion::new(3, 12)));
}

#[test]
fn other_makers_write_other_keys() {
    let root = tempfile::tempdir().unwrap();
    let python = base(root.path(), "python");
    for (name, config, library, version) in [
        (
            "a",
            "home=/b\nversion_info = 3.12.4.final.0\nimplementation = CPython",
            "python3.12",
            "3.12.4",
        ),
        (
            "b",
            "HOME = /b\nversion_info = 3.14",
            "python3.14t",
            "3.14t",
        ),
        ("c", "home = /b\nversion = 3.15.0a1+", "python3.15", "3.15"),
        ("d", "home = /b", "python3.11", "3.11"),
    ] {
        let venv = root.path().join(name);
        files(&venv, config, library, &python);
        assert_eq!(
            Venv::read(&venv).unwrap().unwrap().version.to_string(),
            version,
            "{config}"
        );
    }
}

#[test]
fn what_is_no_venv_or_a_broken_one_is_told_apart() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(Venv::read(&root.path().join("missing")).unwrap(), None);
    let empty = root.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(Venv::read(&empty).unwrap(), None);
    fs::write(empty.join("notes.txt"), "").unwrap();
    assert!(matches!(
        Venv::read(&empty),
        Err(HostError::NotAVenv { .. })
    ));
    assert!(matches!(
        Venv::read(&empty.join("notes.txt")),
        Err(HostError::NotAVenv { .. })
    ));

    let reason = |name: &str, config: &str, library: &str, target: &str| {
        let venv = root.path().join(name);
        files(
            &venv,
            config,
            library,
            &base(root.path(), "python3.12").with_file_name(target),
        );
        match Venv::read(&venv) {
            Err(HostError::BrokenVenv { reason, .. }) => reason,
            other => panic!("{name}: {other:?}"),
        }
    };
    assert!(reason("gone", "home = /b", "python3.12", "nowhere").contains("nowhere is gone"));
    assert!(reason("homeless", "version = 3.12", "python3.12", "python3.12").contains("no `home`"));
    assert!(
        reason(
            "moved",
            "home = /b\nversion = 3.11.1",
            "python3.11",
            "python3.12"
        )
        .contains("is now 3.12")
    );
    assert!(
        reason("bare", "home = /b\nversion = 3.12.1", "other", "python3.12")
            .contains("lib/python3.12")
    );
    assert!(
        reason(
            "pypy",
            "home = /b\nimplementation = PyPy",
            "python3.12",
            "python3.12"
        )
        .contains("pypy")
    );
}

/// A program that makes a venv of 3.13 as `python -m venv` does, or fails half way.
fn maker(root: &Path, end: &str) -> Interpreter {
    let mut python = interpreter((3, 13, 0));
    python.executable = root.join("python3.13");
    let text = format!(
        "#!/bin/sh\nfor last; do :; done\necho made >> '{}'\nmkdir -p \"$last/bin\"\n{end}\n",
        root.join("made.log").display()
    );
    fs::write(&python.executable, text).unwrap();
    fs::set_permissions(&python.executable, fs::Permissions::from_mode(0o755)).unwrap();
    python
}

const WHOLE: &str = "sleep 0.2\necho 'home = /b' > \"$last/pyvenv.cfg\"\n\
                     mkdir -p \"$last/lib/python3.13\"\nln -s \"$0\" \"$last/bin/python\"";

#[test]
fn a_venv_that_could_not_be_made_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let python = maker(root.path(), "echo 'no room' >&2\nexit 1");
    let folder = root.path().join("venv");
    let error = create_venv(&python, &folder).unwrap_err();
    assert!(error.to_string().contains("no room"), "{error}");
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    assert!(create_venv(&python, &folder).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::write(folder.join("mine"), "").unwrap();
    assert!(matches!(
        create_venv(&python, &folder),
        Err(HostError::NotAVenv { .. })
    ));
    assert!(folder.join("mine").exists());
}

#[test]
fn a_venv_that_was_not_finished_is_made_anew() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("venv");
    files(
        &folder,
        "home = /b\nversion = 3.11",
        "python3.11",
        &base(root.path(), "python3.11"),
    );
    fs::write(folder.join(MARKER), "").unwrap();
    assert_eq!(Venv::read(&folder).unwrap(), None);
    let made = create_venv(&maker(root.path(), WHOLE), &folder).unwrap();
    assert_eq!(made.version, PythonVersion::new(3, 13));
    assert!(!folder.join("lib/python3.11").exists() && !folder.join(MARKER).exists());
    assert_eq!(Venv::read(&folder).unwrap(), Some(made));
}

#[test]
fn of_two_makers_the_second_gets_what_the_first_has_made() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("venv");
    let python = maker(root.path(), WHOLE);
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| create_venv(&python, &folder).unwrap()))
            .collect();
        for maker in makers {
            assert_eq!(maker.join().unwrap().version, PythonVersion::new(3, 13));
        }
    });
    assert_eq!(
        fs::read_to_string(root.path().join("made.log")).unwrap(),
        "made\n"
    );
}
