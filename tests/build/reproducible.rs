//! The same bytes whatever the machine is like.

use crate::project::{Project, done};
use std::collections::BTreeMap;
use std::process::Command;

fn built(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(project.dist()).expect("a folder");
    entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read(path).expect("a file"))
        })
        .collect()
}

#[test]
fn time_zone_umask_order_and_place_make_no_difference() {
    let first = Project::sample("greet");
    first.build([""; 0]);
    let second = Project::sample("greet");
    // Files come into the folder in another order, with other modes and times.
    let package = second.path().join("python/greet");
    for name in ["cli.py", "__init__.py"] {
        let text = std::fs::read(package.join(name)).expect("a file");
        std::fs::remove_file(package.join(name)).expect("removed");
        std::fs::write(package.join(name), text).expect("written");
    }
    done(
        Command::new("chmod")
            .args(["-R", "u+x,go-rwx"])
            .arg(second.path().join("python")),
    );
    done(Command::new("find").arg(second.path()).args([
        "-type",
        "f",
        "-exec",
        "touch",
        "-d",
        "2001-02-03",
        "{}",
        "+",
    ]));
    let script = "umask 077; TZ=Pacific/Kiritimati LC_ALL=C exec \"$@\"";
    let build = second.mochi(["build", "--quiet"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .arg(build.get_program())
        .args(build.get_args());
    done(command.current_dir(second.path()));
    let (first, second) = (built(&first), built(&second));
    assert_eq!(first.len(), 4);
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &first {
        assert!(bytes == &second[name], "{name} differs");
    }
}

#[test]
fn source_date_epoch_is_honoured() {
    let project = Project::sample("greet");
    let epoch = |value: &str| {
        done(
            project
                .mochi(["build", "--quiet"])
                .env("SOURCE_DATE_EPOCH", value),
        );
        built(&project)
    };
    let without = {
        project.build([""; 0]);
        built(&project)
    };
    let dated = epoch("1700000000");
    assert!(without.iter().all(|(name, bytes)| *bytes != dated[name]));
    assert_eq!(dated, epoch("1700000000"));
    let mut command = project.mochi(["build"]);
    let refused = command
        .env("SOURCE_DATE_EPOCH", "yesterday")
        .output()
        .expect("it runs");
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(dated, built(&project), "nothing was written");
}
