//! `mochi py call`, through the binary, in real Python.
//!
//! `MOCHI_REFEREE_PYTHON` names the interpreter. Where `MOCHI_PY_HOST` names a `mochi-py-host` that
//! embeds its minor, the embedded mode is called too.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct World {
    folder: tempfile::TempDir,
    cache: PathBuf,
}

struct Outcome {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

fn python() -> PathBuf {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON");
    python
        .expect("MOCHI_REFEREE_PYTHON is not set: set it to a CPython")
        .into()
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let module = "import asyncio, sys\n\
                      def add(a, b=10):\n    return a + b\n\
                      async def later(value):\n    await asyncio.sleep(0.01)\n    return value\n\
                      def loud():\n    print('on stdout')\n    return sys.stdin.read()\n\
                      def outer():\n    return inner()\n\
                      def inner():\n    raise LookupError('not here')\n";
        fs::create_dir(folder.path().join("path")).expect("a folder");
        fs::write(folder.path().join("path/demo_call.py"), module).expect("a file");
        Self {
            cache: folder.path().join("cache"),
            folder,
        }
    }

    fn manifest(&self, python: &str) {
        let text = format!("[package]\nname = \"demo\"\nversion = \"1\"\n[python]\n{python}\n");
        fs::write(self.folder.path().join("mochi.toml"), text).expect("a file");
    }

    /// Calls in the folder, where `path` is on Python's path.
    fn call(&self, words: &[&str]) -> Outcome {
        self.call_with(words, "")
    }

    fn call_with(&self, words: &[&str], stdin: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mochi"))
            .args(["py", "call"])
            .args(words)
            .args(["--path", "path", "--cache-dir"])
            .arg(&self.cache)
            .current_dir(self.folder.path())
            .env_remove("VIRTUAL_ENV")
            .env("HOME", self.folder.path())
            .env(
                "MOCHI_COMPONENTIZE_PY",
                std::env::var_os("MOCHI_REFEREE_COMPONENTIZE_PY").unwrap_or_default(),
            )
            .env_remove("MOCHI_PYODIDE_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(stdin.as_bytes()).expect("it reads");
        drop(pipe);
        let output = child.wait_with_output().expect("it ends");
        Outcome {
            exit: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The modes that call the referee's interpreter.
fn modes() -> Vec<&'static str> {
    let mut modes = vec!["subprocess"];
    modes.extend(std::env::var_os("MOCHI_PY_HOST").map(|_| "embedded"));
    modes
}

#[test]
fn results_are_json_on_stdout() {
    let world = World::new();
    let python = python();
    let python = python.to_str().expect("text");
    for mode in modes() {
        for (function, args, due) in [
            ("math:sqrt", "[16]", "4.0"),
            ("math:sqrt", "16", "4.0"),
            ("demo_call:add", "[1]", "11"),
            ("demo_call:add", r#"{"a": 1, "b": 2}"#, "3"),
            ("demo_call:later", r#"["é"]"#, r#""é""#),
            ("demo_call:loud", "[]", r#""""#),
            ("builtins:pow", "[2, 70]", "1180591620717411303424"),
            (
                "builtins:abs",
                "[-1180591620717411303424]",
                "1180591620717411303424",
            ),
            ("builtins:float", r#"["-inf"]"#, r#"{"$float":"-inf"}"#),
            ("builtins:bytes", "[[0, 255]]", r#"{"$bytes":"AP8="}"#),
            ("builtins:len", r#"[{"$bytes": "AP8="}]"#, "2"),
            (
                "builtins:dict",
                r#"[[["b", [1.5, null, true]], ["a", {}]]]"#,
                r#"{"b":[1.5,null,true],"a":{}}"#,
            ),
            ("os.path:join", r#"["a", "b"]"#, r#""a/b""#),
        ] {
            let words = [function, args, "--mode", mode, "--python", python];
            let outcome = world.call(&words);
            assert_eq!(
                (outcome.exit, outcome.stdout.as_str()),
                (Some(0), format!("{due}\n").as_str()),
                "{mode} {function} {args}: {}",
                outcome.stderr
            );
        }
        let words = ["builtins:len", "-", "--mode", mode, "--python", python];
        let long = format!("[[{}0]]", "0,".repeat(300_000));
        assert_eq!(world.call_with(&words, &long).stdout, "300001\n");
        let json = world.call(&[
            "math:sqrt",
            "[4]",
            "--mode",
            mode,
            "--python",
            python,
            "--json",
        ]);
        assert_eq!(
            json.stdout,
            format!("{{\"mode\":\"{mode}\",\"result\":2.0}}\n")
        );
    }
}

/// The modes of WebAssembly, each with the words that it needs; the component of the one is built
/// once for all tests.
fn wasm_modes(world: &mut World) -> Vec<(&'static str, Vec<String>)> {
    let setting = |name: &str| {
        let value = std::env::var(name);
        value.unwrap_or_else(|_| panic!("{name} is not set: run scripts/test"))
    };
    world.cache = env!("CARGO_TARGET_TMPDIR").into();
    let pyodide = format!("{}/314.0.7", setting("MOCHI_PYODIDE"));
    assert!(!setting("MOCHI_REFEREE_COMPONENTIZE_PY").is_empty());
    vec![
        ("pyodide", vec!["--pyodide".to_owned(), pyodide]),
        ("wasi", Vec::new()),
    ]
}

#[test]
fn the_modes_of_webassembly_answer_alike() {
    let mut world = World::new();
    for (mode, more) in wasm_modes(&mut world) {
        let mut base = vec!["--mode", mode];
        base.extend(more.iter().map(String::as_str));
        let call = |words: &[&str]| world.call(&[words, &base].concat());
        for (function, args, due) in [
            ("math:sqrt", "[16]", "4.0"),
            ("demo_call:later", r#"["é"]"#, r#""é""#),
            ("builtins:pow", "[2, 70]", "1180591620717411303424"),
            ("demo_call:loud", "[]", r#""""#),
        ] {
            let outcome = call(&[function, args]);
            assert_eq!(
                (outcome.exit, outcome.stdout),
                (Some(0), format!("{due}\n")),
                "{mode} {function}: {}",
                outcome.stderr
            );
        }
        let outcome = call(&["demo_call:outer"]);
        assert_eq!(outcome.exit, Some(1));
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        assert_eq!(lines[0], "Traceback (most recent call last):", "{lines:?}");
        assert!(lines[1].ends_with("in outer"), "{lines:?}");
        let outcome = call(&["os:fork"]);
        assert_eq!(outcome.exit, Some(1));
        assert!(
            outcome.stderr.contains("processes do not exist on wasm32-"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn the_wasi_mode_sees_what_is_allowed() {
    let mut world = World::new();
    let _ = wasm_modes(&mut world);
    fs::create_dir(world.folder.path().join("data")).expect("a folder");
    let list = ["os:listdir", "\"/data\"", "--mode", "wasi"];
    assert_eq!(world.call(&list).exit, Some(1));
    let allowed = world.call(&[&list[..], &["--allow-dir", "data::/data"]].concat());
    assert_eq!(allowed.stdout, "[]\n", "{}", allowed.stderr);
    let make = ["os:mkdir", "\"/data/new\"", "--mode", "wasi"];
    let refused = world.call(&[&make[..], &["--allow-dir", "data::/data"]].concat());
    assert_eq!(refused.exit, Some(1), "{}", refused.stdout);
    let made = world.call(&[&make[..], &["--allow-dir", "data::/data:rw"]].concat());
    assert_eq!(made.exit, Some(0), "{}", made.stderr);
    assert!(world.folder.path().join("data/new").is_dir());
    let home = ["os:getenv", "\"HOME\"", "--mode", "wasi"];
    assert_eq!(world.call(&home).stdout, "null\n");
    let allowed = world.call(&[&home[..], &["--allow-env", "HOME=/here"]].concat());
    assert_eq!(allowed.stdout, "\"/here\"\n");
}

#[test]
fn what_a_mode_needs_is_told() {
    let world = World::new();
    let outcome = world.call(&["math:sqrt", "[1]", "--mode", "pyodide"]);
    assert_eq!(outcome.exit, Some(1));
    assert!(
        outcome.stderr.contains("npm install pyodide"),
        "{}",
        outcome.stderr
    );
    let outcome = world.call(&["math:sqrt", "--mode", "pyodide", "--pyodide", "path"]);
    assert!(
        outcome.stderr.contains("the folder is no Pyodide"),
        "{}",
        outcome.stderr
    );
    let outcome = world.call(&["math:sqrt", "--path", "nowhere"]);
    assert_eq!(outcome.exit, Some(2));
}

#[test]
fn an_exception_is_exit_1_with_the_traceback_of_user_code() {
    let world = World::new();
    let python = python();
    let python = python.to_str().expect("text");
    for mode in modes() {
        let words = ["demo_call:outer", "--mode", mode, "--python", python];
        let outcome = world.call(&words);
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Some(1), ""));
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        assert_eq!(lines[0], "Traceback (most recent call last):");
        assert!(
            lines[1].contains("demo_call.py") && lines[1].ends_with("in outer"),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.ends_with(
                "LookupError: not here\nerror: demo_call:outer failed: LookupError: not here\n"
            ),
            "{}",
            outcome.stderr
        );
        let outcome = world.call(&["nomodule_x:f", "--mode", mode, "--python", python, "--json"]);
        let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!(document["error"]["type"], "ModuleNotFoundError");
        assert_eq!(document["error"]["exit-code"], 1);
        for (function, args, words) in [
            ("os:_exit", "[3]", "Python has ended"),
            ("demo_call:nothing", "[]", "has no 'nothing'"),
            (
                "builtins:object",
                "[]",
                "a builtins.object cannot cross, at $",
            ),
        ] {
            let outcome = world.call(&[function, args, "--mode", mode, "--python", python]);
            assert_eq!(outcome.exit, Some(1), "{function}");
            assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        }
        let slow = [
            "time:sleep",
            "[60]",
            "--timeout",
            "0.2",
            "--mode",
            mode,
            "--python",
            python,
        ];
        let outcome = world.call(&slow);
        assert_eq!(outcome.exit, Some(1));
        assert!(
            outcome.stderr.contains("took longer than 200ms"),
            "{}",
            outcome.stderr
        );
    }
}

/// Words that are wrong, and a part of what is said of them.
const WRONG: &[(&[&str], &str)] = &[
    (&["math"], "`math` is no MODULE:FUNCTION"),
    (&["math:"], "is no MODULE:FUNCTION"),
    (&[":sqrt"], "is no MODULE:FUNCTION"),
    (&["a..b:sqrt"], "is no MODULE:FUNCTION"),
    (&["math:sqrt", "[2"], "the arguments are no JSON: EOF"),
    (
        &["math:sqrt", "[2] 3"],
        "the arguments are no JSON: trailing",
    ),
    (
        &["math:sqrt", "[2,]"],
        "the arguments are no JSON: expected value",
    ),
    (
        &["math:sqrt", r#"[{"$bytes": 1}]"#],
        "a tagged value is broken",
    ),
    (
        &["math:sqrt", "--mode", "embeded"],
        "the nearest is `embedded`",
    ),
    (
        &["math:sqrt", "--target", "linux-x86"],
        "the nearest is `linux-x64`",
    ),
    (
        &[
            "math:sqrt",
            "--mode",
            "embedded",
            "--target",
            "wasm32-emscripten",
        ],
        "cannot work on wasm32-emscripten: there is no libpython",
    ),
    (
        &[
            "math:sqrt",
            "--mode",
            "subprocess",
            "--target",
            "wasm32-wasip2",
        ],
        "processes do not exist there",
    ),
    (
        &[
            "math:sqrt",
            "--mode",
            "pyodide",
            "--target",
            "x86_64-unknown-linux-gnu",
        ],
        "cannot work on linux-x64: Pyodide is CPython inside a JavaScript engine",
    ),
    (
        &["math:sqrt", "--target", "embedded"],
        "no runtime mode works on embedded",
    ),
];

#[test]
fn wrong_words_are_exit_2_and_start_nothing() {
    let world = World::new();
    for (words, said) in WRONG {
        let outcome = world.call(words);
        assert_eq!(
            (outcome.exit, outcome.stdout.as_str()),
            (Some(2), ""),
            "{words:?}"
        );
        assert!(
            outcome.stderr.contains(said),
            "{words:?}: {}",
            outcome.stderr
        );
    }
    assert!(!world.folder.path().join("cache/glue-v1").exists());
}

#[test]
fn the_manifest_says_the_mode() {
    let world = World::new();
    let python = python();
    let python = python.to_str().expect("text");
    world.manifest("runtime-mode = \"subprocess\"\nasync-mode = \"persistent\"");
    let outcome = world.call(&["demo_call:later", "[1]", "--python", python, "--json"]);
    assert_eq!(outcome.stdout, "{\"mode\":\"subprocess\",\"result\":1}\n");
    let outcome = world.call(&["math:sqrt", "[1]", "--target", "wasm32-wasip2"]);
    assert_eq!(outcome.exit, Some(2), "{}", outcome.stderr);
    world.manifest("runtime-mode = \"subproces\"");
    let outcome = world.call(&["math:sqrt", "[1]", "--python", python]);
    assert_eq!(outcome.exit, Some(2));
    assert!(
        outcome.stderr.contains("mochi.toml:5"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_venv_is_found_and_honoured() {
    let world = World::new();
    let made = Command::new(python())
        .args(["-m", "venv", "--without-pip", ".venv"])
        .current_dir(world.folder.path())
        .status();
    assert!(made.expect("it runs").success());
    world.manifest("");
    for mode in modes() {
        let outcome = world.call(&["operator:attrgetter", r#"["x"]"#, "--mode", mode]);
        assert!(
            outcome.stderr.contains("cannot cross"),
            "{}",
            outcome.stderr
        );
        let outcome = world.call(&["sysconfig:get_path", r#"["purelib"]"#, "--mode", mode]);
        let folder = fs::canonicalize(world.folder.path().join(".venv")).expect("a folder");
        assert!(
            outcome.stdout.contains(folder.to_str().expect("text")),
            "{mode}: {} {}",
            outcome.stdout,
            outcome.stderr
        );
    }
    let outcome = world.call(&["math:sqrt", "[1]", "--venv", "nowhere"]);
    assert_eq!(outcome.exit, Some(1));
    assert!(
        outcome.stderr.contains("there is no venv at `nowhere`"),
        "{}",
        outcome.stderr
    );
}
