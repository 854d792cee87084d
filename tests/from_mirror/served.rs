//! The same from a plain static server, `python -m http.server`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::world::{LINKS, World};

struct Served {
    server: Child,
    url: String,
}

impl Served {
    fn of(folder: &Path) -> Self {
        let mut server = Command::new("python3")
            .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3");
        let mut line = String::new();
        let stdout = server.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        // `Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...`
        let (_, rest) = line.split_once('(').expect("a URL");
        let url = rest.split_once(')').expect("a URL").0.to_owned();
        Self { server, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A mirror on a server needs no `--offline`, and no request goes elsewhere: nobody listens there.
#[test]
fn the_lock_stays_and_installs_the_same() {
    let world = World::mirrored_with("http://${host}/lists/");
    let lock = world.lock();
    let served = Served::of(&world.dest());
    let url = &served.url;
    fs::remove_dir_all(world.sandbox.path("vendor")).expect("removed");
    world.ok(&format!("lock --check --index {url}"));
    world.ok(&format!("lock --index {url}"));
    world.ok(&format!(
        "sync --index {url} --target linux-x64 --into out2"
    ));
    world.ok(&format!(
        "sync --index {url} --target wasm32-emscripten --into web2"
    ));
    assert!(world.files("out2") == world.files("out"));
    assert!(world.files("web2") == world.files("web"));
    world.sandbox.empty_cache().expect("emptied");
    world.ok(&format!("lock --upgrade --index {url} {LINKS}"));
    assert_eq!(world.lock(), lock);
}

/// It is as careful with what a server sends.
#[test]
fn what_is_wrong_or_missing_is_said() {
    let world = World::mirrored();
    let served = Served::of(&world.dest());
    let url = served.url.trim_end_matches('/');
    let path = world.held("u-1.0-py3-none-any.whl");
    let mut bytes = fs::read(&path).expect("read");
    bytes[20] ^= 4;
    fs::write(&path, bytes).expect("written");
    let sync = format!("sync --index {url} --target linux-x64 --into out2");
    let sha256 = path
        .parent()
        .and_then(Path::file_name)
        .expect("a hash")
        .to_string_lossy()
        .into_owned();
    world.fails(&sync, 1, &["u-1.0-py3-none-any.whl", &sha256]);
    world.fails(
        &format!("lock --upgrade --index {url} {LINKS}"),
        1,
        &["u-1.0-py3-none-any.whl", &sha256],
    );
    fs::remove_file(&path).expect("removed");
    world.fails(&sync, 1, &["the mirror at", url, "u-1.0-py3-none-any.whl"]);
    let words = format!("add brandnew --index {url} {LINKS}");
    world.fails(&words, 1, &["does not have `brandnew`", url]);
    fs::write(world.dest().join("mochi-mirror.json"), r#"{"version": 7}"#).expect("written");
    world.fails(
        &format!("lock --index {url}"),
        2,
        &["format 7", "mochi-mirror.json"],
    );
}
