//! Real Pyodide as the referee: what is chosen for it installs and imports there, what the table
//! rejects it rejects too, and what it is said to lack it lacks.
//!
//! `MOCHI_PYODIDE` names a folder with a `pyodide` package of the npm registry for each of
//! [`RELEASES`], in a folder of its version, and the wheels of micropip and `packaging`;
//! `scripts/test` makes it.

use import_scan::Lack;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tag_matrix::{Environment, Floors, PyodideRelease, TagSet};

const RELEASES: [&str; 2] = ["0.29.5", "314.0.7"];

fn pyodide() -> PathBuf {
    std::env::var_os("MOCHI_PYODIDE")
        .expect("MOCHI_PYODIDE is not set: run scripts/test, which makes what it names")
        .into()
}

fn environment(release: &str) -> Environment {
    let floors = Floors {
        pyodide: Some(release.to_owned()),
        ..Floors::default()
    };
    let python = PyodideRelease::find(release).expect("known").minor();
    let target = "wasm32-emscripten".parse().expect("a target");
    Environment::new(target, python, &floors).expect("an environment")
}

/// What a release says.
fn ask(release: &str, question: &Value) -> Value {
    let pyodide = pyodide();
    let mut child = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyodide/referee.mjs"))
        .arg(pyodide.join(release))
        .arg(pyodide.join("micropip-0.11.1-py3-none-any.whl"))
        .arg(pyodide.join("packaging-26.3-py3-none-any.whl"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Node 20 or newer is on the PATH");
    let mut stdin = child.stdin.take().expect("piped");
    let text = question.to_string();
    let writer = std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().expect("an end");
    writer.join().expect("an end");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Pyodide {release}: {complaint}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn question() -> Value {
    json!({ "tags": [], "wheels": {}, "imports": [], "modules": [] })
}

/// Tags, and whether they hold `packaging`'s own spelling only: of Pyodide's aliases it does not
/// know any, by design (PEP 783).
const TAGS: [&str; 40] = [
    "py3-none-any",
    "py2.py3-none-any",
    "py2-none-any",
    "py313-none-any",
    "py314-none-any",
    "py315-none-any",
    "cp313-none-any",
    "cp314-none-any",
    "cp313-cp313-any",
    "cp313-cp313-pyemscripten_2025_0_wasm32",
    "cp314-cp314-pyemscripten_2026_0_wasm32",
    "cp313-cp313-pyemscripten_2026_0_wasm32",
    "cp314-cp314-pyemscripten_2025_0_wasm32",
    "cp313-cp313-pyemscripten_2025_1_wasm32",
    "cp314-cp314-pyemscripten_2026_5_wasm32",
    "cp313-cp313-pyodide_2025_0_wasm32",
    "cp314-cp314-pyodide_2026_0_wasm32",
    "cp312-cp312-pyodide_2024_0_wasm32",
    "cp313-cp313-pyodide_2024_0_wasm32",
    "cp313-cp313-emscripten_4_0_9_wasm32",
    "cp314-cp314-emscripten_5_0_3_wasm32",
    "cp313-cp313-emscripten_3_1_58_wasm32",
    "cp313-abi3-pyemscripten_2025_0_wasm32",
    "cp311-abi3-pyemscripten_2025_0_wasm32",
    "cp39-abi3-pyemscripten_2025_0_wasm32.pyemscripten_2026_0_wasm32",
    "cp314-abi3-pyemscripten_2026_0_wasm32",
    "cp314-abi3-pyemscripten_2025_0_wasm32",
    "cp312-abi3-pyodide_2026_0_wasm32",
    "py3-none-pyemscripten_2025_0_wasm32",
    "py3-none-pyodide_2026_0_wasm32",
    "py3-none-emscripten_5_0_3_wasm32",
    "py313-none-pyemscripten_2025_0_wasm32",
    "cp313-none-pyemscripten_2025_0_wasm32",
    "cp313-cp313t-pyemscripten_2025_0_wasm32",
    "cp313-cp313-manylinux_2_17_x86_64",
    "cp313-cp313-linux_x86_64",
    "cp313-cp313-win_amd64",
    "cp313-cp313-wasi_0_0_0_wasm32",
    "pp311-pypy311_pp73-pyemscripten_2025_0_wasm32",
    "cp312.cp313-cp312.cp313-pyemscripten_2024_0_wasm32.pyemscripten_2025_0_wasm32",
];

/// What the matrix rejects micropip rejects, and what it accepts is accepted; `packaging` agrees
/// on all but Pyodide's aliases.
#[test]
fn tags_are_taken_as_micropip_takes_them() {
    for release in RELEASES {
        let environment = environment(release);
        let mut question = question();
        question["tags"] = json!(TAGS[..]);
        let verdicts = &ask(release, &question)["tags"];
        let mut taken = 0;
        for tag in TAGS {
            let set: TagSet = tag.parse().expect("a tag");
            let ours = environment.rank(&set).is_some();
            taken += usize::from(ours);
            assert_eq!(verdicts[tag][0], ours, "Pyodide {release}, micropip: {tag}");
            if !tag.contains("pyodide_") {
                assert_eq!(
                    verdicts[tag][1], ours,
                    "Pyodide {release}, packaging: {tag}"
                );
            }
        }
        assert!((8..30).contains(&taken), "{taken} of {}", TAGS.len());
    }
}

/// Names that are said to be missing cannot be imported, and names that are said to be inert can.
#[test]
fn what_is_said_to_lack_is_lacking() {
    const INERT: [&str; 5] = [
        "threading",
        "subprocess",
        "socket",
        "multiprocessing",
        "concurrent.futures",
    ];
    let names = [
        "curses",
        "dbm",
        "ensurepip",
        "fcntl",
        "grp",
        "lzma",
        "pty",
        "pwd",
        "readline",
        "resource",
        "sqlite3",
        "ssl",
        "syslog",
        "termios",
        "tkinter",
        "tty",
        "turtle",
        "venv",
        "_hashlib",
        "_multiprocessing",
        "json",
        "asyncio",
        "ctypes",
        "mmap",
        "select",
        "zlib",
        "bz2",
        "hashlib",
    ];
    for release in RELEASES {
        let environment = environment(release);
        let mut question = question();
        question["modules"] = json!(names.iter().chain(&INERT).collect::<Vec<_>>());
        let failed = ask(release, &question)["modules"].clone();
        for name in names {
            let lack = Lack::of(&environment, name);
            let missing = matches!(lack, Some(Lack::Missing | Lack::Apart { .. }));
            assert_eq!(
                failed.get(name).is_some(),
                missing,
                "Pyodide {release}: {name}: {failed}"
            );
        }
        for name in INERT {
            assert_eq!(failed.get(name), None, "Pyodide {release}: {name}");
        }
    }
}

/// Every wheel that is chosen from the index installs by micropip and imports. Needs the network.
#[test]
fn wheels_of_the_index_install_and_import() {
    const REQUIREMENTS: [(&str, &str); 6] = [
        ("msgpack", "msgpack"),
        ("pyfiglet", "pyfiglet"),
        ("humanize", "humanize"),
        ("inflection", "inflection"),
        ("python-slugify", "slugify"),
        ("blosc2", "blosc2"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let dependencies: String = REQUIREMENTS
        .iter()
        .map(|(name, _)| match *name {
            // Newer than what any release curates: of the index, for the release's platform.
            "msgpack" => "msgpack = '>1.1.2'\n".to_owned(),
            "blosc2" => "blosc2 = '>=4'\n".to_owned(),
            name => format!("{name} = '*'\n"),
        })
        .collect();
    let manifest = format!(
        "[package]\nname = 'demo'\n[python-dependencies]\n{dependencies}[python]\n\
         targets = ['wasm32-emscripten']\n[python.target.wasm32-emscripten]\npyodide = {RELEASES:?}\n"
    );
    std::fs::write(folder.path().join("mochi.toml"), manifest).expect("written");
    let cache = folder.path().join("cache");
    let output = Command::new(env!("CARGO_BIN_EXE_mochi"))
        .args(["py", "lock"])
        .current_dir(&folder)
        .env("MOCHI_CACHE_DIR", &cache)
        .env_remove("MOCHI_INDEX_URL")
        .output()
        .expect("the binary runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_ne!(
        output.status.code(),
        Some(3),
        "the network is at fault: {told}"
    );
    assert!(output.status.success(), "{told}");
    let lock = std::fs::read_to_string(folder.path().join("mochi.lock")).expect("a lock");
    let lock: toml_edit::DocumentMut = lock.parse().expect("TOML");
    for release in RELEASES {
        let environment = environment(release);
        let (wheels, curated) = chosen(&lock, environment.name(), &cache);
        let built = wheels.keys().filter(|name| name.contains("emscripten"));
        assert!(
            built.count() >= 2 && wheels.len() > 4,
            "{release}: {wheels:?}"
        );
        let imports: Vec<&str> = REQUIREMENTS
            .iter()
            .filter(|(name, _)| {
                wheels
                    .keys()
                    .any(|file| file.starts_with(&name.replace('-', "_")))
            })
            // What needs a curated package, which is on no index, can be installed only.
            .filter(|(name, _)| !needs(&lock, name, &curated))
            .map(|(_, module)| *module)
            .collect();
        assert!(imports.len() > 3, "{release}: {imports:?}");
        let mut question = question();
        question["wheels"] = json!(wheels);
        question["imports"] = json!(imports);
        let verdict = ask(release, &question);
        assert_eq!(verdict["failed"], Value::Null, "Pyodide {release}");
        assert_eq!(verdict["imports"], json!({}), "Pyodide {release}");
    }
}

/// The wheels of the index for an environment, by name, and the packages that are curated.
fn chosen(
    lock: &toml_edit::DocumentMut,
    environment: &str,
    cache: &Path,
) -> (BTreeMap<String, PathBuf>, Vec<String>) {
    let (mut wheels, mut curated) = (BTreeMap::new(), Vec::new());
    let packages = lock["python-package"]
        .as_array_of_tables()
        .expect("packages");
    for package in packages {
        let of_pyodide = package["source"]["kind"].as_str() == Some("pyodide");
        for wheel in package["wheels"].as_array().expect("wheels") {
            let wheel = wheel.as_inline_table().expect("a table");
            let environments = wheel["environments"].as_array().expect("names");
            if !environments
                .iter()
                .any(|name| name.as_str() == Some(environment))
            {
                continue;
            }
            if of_pyodide {
                curated.push(package["name"].as_str().expect("a name").to_owned());
                continue;
            }
            let sha256 = wheel["sha256"].as_str().expect("a hash");
            // Fetched to be looked at for its imports.
            let path = cache
                .join("wheels-v1")
                .join(&sha256[..2])
                .join(format!("{sha256}.whl"));
            assert!(path.is_file(), "{wheel} is not in the cache");
            wheels.insert(wheel["filename"].as_str().expect("a name").to_owned(), path);
        }
    }
    (wheels, curated)
}

fn needs(lock: &toml_edit::DocumentMut, name: &str, curated: &[String]) -> bool {
    let packages = lock["python-package"]
        .as_array_of_tables()
        .expect("packages");
    let mut own = packages
        .iter()
        .filter(|package| package["name"].as_str() == Some(name));
    own.any(|package| {
        let mut dependencies = package["dependencies"].as_array().expect("a list").iter();
        dependencies.any(|one| {
            let one = one.as_str().unwrap_or_default();
            curated.iter().any(|name| one.starts_with(name.as_str()))
        })
    })
}
