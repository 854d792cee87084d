//! Index servers that others wrote: devpi and pypiserver take what is published, and pip and uv
//! install it from there.

use crate::world::{FILES, World, run};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PASSWORD: &str = "a-pass-word-of-the-tests";

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("MOCHI_REFEREE_SERVERS").expect("scripts/test sets it");
    Path::new(&folder).join(name)
}

fn done(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {told}");
    told
}

impl Server {
    fn start(folder: tempfile::TempDir, command: impl FnOnce(u16, &Path) -> Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut command = command(port, folder.path());
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it listens");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            child,
            port,
            folder,
        }
    }

    fn pypiserver() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start(folder, |port, folder| {
            let packages = folder.join("packages");
            std::fs::create_dir_all(&packages).expect("a folder");
            let mut command = Command::new(program("pypi-server"));
            command
                .args(["run", "-i", "127.0.0.1", "-P", ".", "-a", ".", "-p"])
                .arg(port.to_string())
                .args(["--disable-fallback", "--hash-algo", "sha256"])
                .arg(packages);
            command
        })
    }

    /// With an index `root/dev` whose files are not replaced.
    fn devpi() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        done(
            Command::new(program("devpi-init"))
                .arg("--serverdir")
                .arg(&state)
                .args(["--no-root-pypi", "--root-passwd", PASSWORD]),
        );
        let server = Self::start(folder, |port, folder| {
            let mut command = Command::new(program("devpi-server"));
            command
                .arg("--serverdir")
                .arg(folder.join("state"))
                .args(["--host", "127.0.0.1", "--offline-mode", "--port"])
                .arg(port.to_string());
            command
        });
        let url = server.url("");
        let client = server.folder.path().join("client");
        for words in [
            &["use", &url][..],
            &["login", "root", "--password", PASSWORD],
            &["index", "-c", "root/dev", "bases=", "volatile=False"],
        ] {
            let mut command = Command::new(program("devpi"));
            command.args(&words[..1]).arg("--clientdir").arg(&client);
            done(command.args(&words[1..]).env("HOME", server.folder.path()));
        }
        server
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

/// `mochi py publish` to a server.
fn publish(world: &World, upload: &str, password: &str) -> crate::world::Ran {
    let mut command = world.bare(&["--index", upload]);
    command
        .env("MOCHI_PUBLISH_USERNAME", "root")
        .env("MOCHI_PUBLISH_PASSWORD", password);
    run(&mut command)
}

/// All of it: uploaded, seen to be there, told apart from other contents, and installed.
fn round(upload: &str, simple: &str) {
    let world = World::new();
    publish(&world, upload, PASSWORD).assert(0, &["Published greet 1.2.0", "3 files"]);
    let ran = publish(&world, upload, PASSWORD);
    ran.assert(0, &["Unchanged greet 1.2.0"]);
    assert_eq!(ran.out.matches(": already there").count(), FILES.len());
    assert!(
        !ran.err.contains("POST"),
        "nothing is sent again: {}",
        ran.err
    );
    install(&world, simple);
    std::fs::write(world.path().join("README.md"), "# Another text\n").expect("written");
    publish(&world, upload, PASSWORD).assert(1, &["with other contents: SHA-256"]);
}

fn install(world: &World, simple: &str) {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect("scripts/test sets it");
    let uv = std::env::var_os("MOCHI_REFEREE_UV").expect("scripts/test sets it");
    let (by_pip, by_uv) = (world.path().join("pip"), world.path().join("uv"));
    done(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--isolated",
                "--no-cache-dir",
                "--no-deps",
            ])
            .args(["--index-url", simple, "greet==1.2.0", "--target"])
            .arg(&by_pip),
    );
    done(
        Command::new(&uv)
            .args(["pip", "install", "--no-config", "--no-cache", "--no-deps"])
            .args(["--default-index", simple, "greet==1.2.0", "--python"])
            .arg(&python)
            .arg("--target")
            .arg(&by_uv),
    );
    for folder in [by_pip, by_uv] {
        assert!(
            folder.join("greet/__init__.py").is_file(),
            "{}",
            folder.display()
        );
    }
}

#[test]
fn pypiserver_takes_it_and_pip_and_uv_install_it() {
    let server = Server::pypiserver();
    round(&server.url(""), &server.url("simple/"));
}

#[test]
fn devpi_takes_it_and_pip_and_uv_install_it() {
    let server = Server::devpi();
    let upload = server.url("root/dev/");
    round(&upload, &server.url("root/dev/+simple/"));
    let world = World::new();
    world.edit("name = \"greet\"", "name = \"greet-again\"");
    publish(&world, &upload, "another password").assert(1, &["credentials", "check the token"]);
    // No such index: whoever may not see it is not told more.
    let ran = publish(&world, &server.url("root/none/"), PASSWORD);
    ran.assert(1, &["check the address"]);
}
