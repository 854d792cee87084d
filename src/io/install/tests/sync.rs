//! What a sync puts there, and what it leaves alone.

use std::fs;

use super::super::*;
use super::support::{Log, Package, World, package, tree};

#[test]
fn a_package_is_installed_replaced_and_removed() {
    for world in [World::folder(), World::venv()] {
        let first = package("demo", "1.0")
            .file("demo/__init__.py", "v = 1\n")
            .file("demo/old.py", "");
        let second = package("demo", "2.0")
            .file("demo/__init__.py", "v = 2\n")
            .file("demo/new.py", "");
        let report = world.sync(&[&first]);
        assert_eq!(report.added.len(), 1);
        assert_eq!(
            report.files, 7,
            "2 of code, METADATA, WHEEL, RECORD, INSTALLER and mochi.json"
        );
        let report = world.sync(&[&second]);
        assert_eq!(
            report.replaced,
            [(
                "demo".parse().unwrap(),
                "1.0".to_owned(),
                "2.0".parse().unwrap()
            )]
        );
        assert_eq!(world.read("demo/__init__.py").unwrap(), "v = 2\n");
        assert!(!world.path("demo/old.py").exists() && !world.path("demo-1.0.dist-info").exists());
        let report = world.sync(&[]);
        assert_eq!(report.removed.len(), 1);
        assert!(tree(&world.site.scheme.purelib).is_empty());
    }
}

#[test]
fn what_an_installer_adds_is_there() {
    let world = World::venv();
    let demo = package("demo", "1.0").file("demo.py", "");
    let mut wanted = world.wheel(&demo);
    wanted.requested = true;
    wanted.source = Source::Url(
        "https://example.org/demo-1.0-py3-none-any.whl"
            .parse()
            .unwrap(),
    );
    world.try_sync_wanted(vec![wanted.clone()]).unwrap();
    assert_eq!(
        world.read("demo-1.0.dist-info/INSTALLER").unwrap(),
        "mochi\n"
    );
    assert_eq!(world.read("demo-1.0.dist-info/REQUESTED").unwrap(), "");
    assert!(
        world
            .read("demo-1.0.dist-info/direct_url.json")
            .unwrap()
            .contains("example.org")
    );
    let record = world.read("demo-1.0.dist-info/RECORD").unwrap();
    let paths: Vec<&str> = record
        .lines()
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert!(paths[..paths.len() - 1].is_sorted());
    assert_eq!(paths.last(), Some(&"demo-1.0.dist-info/RECORD"));
    assert!(world.strangers().is_empty());
    assert!(world.try_sync_wanted(vec![wanted]).unwrap().is_unchanged());
    // From an index, it is another installation of the same wheel.
    let report = world.try_sync(&[&demo]).unwrap();
    assert_eq!(report.replaced.len(), 1);
    assert!(!world.path("demo-1.0.dist-info/direct_url.json").exists());
    world.assert_is(&[&demo]);
}

#[test]
fn with_nothing_to_do_nothing_is_written() {
    let world = World::folder();
    let demo = package("demo", "1.0").file("demo.py", "");
    world.sync(&[&demo]);
    let before = fs::metadata(&world.site.scheme.purelib)
        .unwrap()
        .modified()
        .unwrap();
    let session = Session::begin(world.request(vec![world.wheel(&demo)]), &Silent).unwrap();
    assert!(session.plan().is_empty() && session.missing().is_empty());
    assert!(session.finish(&Silent).unwrap().is_unchanged());
    assert_eq!(
        fs::metadata(&world.site.scheme.purelib)
            .unwrap()
            .modified()
            .unwrap(),
        before
    );
}

/// A package with something for every root.
fn everywhere() -> Package {
    package("demo", "1.0")
        .platlib()
        .file("demo/__init__.py", "")
        .executable("demo/tool.sh", "#!/bin/sh\n")
        .file("demo-1.0.data/purelib/pure.py", "")
        .file("demo-1.0.data/platlib/plat.py", "")
        .file("demo-1.0.data/scripts/script", "#!python -E\nprint()\n")
        .file("demo-1.0.data/scripts/shell", "#!/bin/sh\n")
        .file("demo-1.0.data/data/share/demo/x.txt", "x")
        .file("demo-1.0.data/headers/demo.h", "")
        .entry_points(
            "[console_scripts]\ndemo = demo.cli:main\n[gui_scripts]\ndemo-gui = demo:App.run\n",
        )
}

#[test]
fn every_root_of_the_scheme_gets_its_files() {
    let world = World::venv();
    let demo = everywhere();
    world.sync(&[&demo]);
    let prefix = &world.site.scheme.data;
    let python = prefix.join("bin/python");
    let read = |path: &str| fs::read_to_string(prefix.join(path)).unwrap();
    assert!(world.path("pure.py").is_file() && world.path("plat.py").is_file());
    assert_eq!(
        read("bin/script"),
        format!("#!{}\nprint()\n", python.display())
    );
    assert_eq!(read("bin/shell"), "#!/bin/sh\n");
    assert!(read("bin/demo").contains("from demo.cli import main"));
    assert!(read("bin/demo-gui").contains("sys.exit(App.run())"));
    assert_eq!(read("share/demo/x.txt"), "x");
    assert!(prefix.join("include/site/python3.13/demo/demo.h").is_file());
    let record = world.read("demo-1.0.dist-info/RECORD").unwrap();
    for row in [
        "../../../bin/demo,",
        "../../../share/demo/x.txt,",
        "../../../include/site/python3.13/demo/demo.h,",
    ] {
        assert!(record.contains(row), "{row} is not in {record}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| {
            fs::metadata(prefix.join(path))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        for path in [
            "bin/script",
            "bin/shell",
            "bin/demo",
            "lib/python3.13/site-packages/demo/tool.sh",
        ] {
            assert_eq!(mode(path), 0o755, "{path}");
        }
        assert_eq!(mode("share/demo/x.txt"), 0o644);
        assert_eq!(
            mode("lib/python3.13/site-packages/demo-1.0.dist-info/RECORD"),
            0o644
        );
    }
    world.sync(&[]);
    let left: Vec<String> = tree(prefix).into_keys().collect();
    assert_eq!(
        left,
        [
            "bin/python",
            "include/",
            "lib/python3.13/site-packages/",
            "pyvenv.cfg"
        ]
    );
}

#[test]
fn in_a_folder_commands_go_to_bin() {
    let world = World::folder();
    let demo = package("demo", "1.0")
        .file("demo-1.0.data/data/bin/from_data", "x")
        .file("demo-1.0.data/data/top.txt", "x")
        .entry_points("[console_scripts]\ndemo = demo:main\n");
    world.sync(&[&demo]);
    assert!(
        world
            .read("bin/demo")
            .unwrap()
            .starts_with("#!/opt/python\n")
    );
    assert!(world.path("bin/from_data").is_file() && world.path("top.txt").is_file());
    world.sync(&[]);
    assert!(tree(&world.site.scheme.purelib).is_empty());
}

#[test]
fn all_link_modes_give_the_same() {
    let demo = package("demo", "1.0")
        .file("demo/a.py", "1")
        .executable("demo/b", "2")
        .file("demo-1.0.data/scripts/c", "#!python\n");
    let mut trees = Vec::new();
    for mode in [
        LinkMode::Auto,
        LinkMode::Hardlink,
        LinkMode::Reflink,
        LinkMode::Copy,
    ] {
        let mut world = World::folder();
        world.link_mode = mode;
        world.sync(&[&demo]);
        trees.push(tree(&world.site.scheme.purelib));
    }
    assert!(trees.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_is_reported_is_what_happened() {
    let world = World::folder();
    world.sync(&[&package("a", "1.0"), &package("b", "1.0")]);
    let log = Log::default();
    let wanted = vec![
        world.wheel(&package("b", "2.0")),
        world.wheel(&package("c", "1.0")),
    ];
    let session = Session::begin(world.request(wanted), &log).unwrap();
    assert_eq!(session.plan().remove.len(), 1);
    for wanted in session.missing() {
        session
            .supply(&wanted.sha256, &world.wheel_file(wanted), Hashed::No, &log)
            .unwrap();
    }
    assert!(session.missing().is_empty());
    session.finish(&log).unwrap();
    let events: Vec<String> = log
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Removed { name, version } => Some(format!("-{name} {version}")),
            Event::Installed {
                name,
                version,
                replaced,
            } => Some(format!("+{name} {version} {replaced:?}")),
            _ => None,
        })
        .collect();
    assert_eq!(events, ["-a 1.0", "+b 2.0 [\"1.0\"]", "+c 1.0 []"]);
}

#[test]
fn a_session_that_is_dropped_leaves_the_site_as_it_was() {
    let world = World::folder();
    world.sync(&[&package("a", "1.0")]);
    let before = tree(&world.site.scheme.purelib);
    let session = Session::begin(
        world.request(vec![world.wheel(&package("b", "1.0"))]),
        &Silent,
    )
    .unwrap();
    let wanted = session.missing()[0].clone();
    let error = session.finish(&Silent).unwrap_err();
    assert!(matches!(error, InstallError::NotSupplied { .. }), "{error}");
    session
        .supply(
            &wanted.sha256,
            &world.wheel_file(&wanted),
            Hashed::Yes,
            &Silent,
        )
        .unwrap();
    drop(session);
    assert_eq!(tree(&world.site.scheme.purelib), before);
}

#[test]
fn launchers_for_windows_are_refused() {
    let mut world = World::folder();
    world.site.windows = true;
    let demo = package("demo", "1.0").entry_points("[console_scripts]\ndemo = demo:main\n");
    let error = world.try_sync(&[&demo]).unwrap_err();
    assert!(
        matches!(&error, InstallError::Launchers { scripts, .. } if scripts == "demo"),
        "{error}"
    );
    world.sync(&[&package("plain", "1.0").file("plain.py", "")]);
}
