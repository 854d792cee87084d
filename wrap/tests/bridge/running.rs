//! The wrapper in CPython.

use crate::{golden_bridge, of_tests, place, referee, run};
use runtime::wire::from_text;
use runtime::{
    AsyncMode, Call, CallError, Glue, HostError, Hosts, Runtime, Subprocess, SubprocessOptions,
    Value,
};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// What the host was called with.
type Calls = Arc<Mutex<Vec<(String, Vec<Value>)>>>;

fn value(text: &str) -> Value {
    from_text(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The golden bridge in a package with modules that use it.
fn package(folder: &Path) {
    place(&golden_bridge(), folder);
    for name in ["__init__.py", "geometry.py", "user.py"] {
        let from = of_tests("bridge/user").join(name);
        std::fs::copy(from, folder.join("demo").join(name)).expect("copied");
    }
}

fn hosts(calls: &Calls) -> Hosts {
    let host = |name: &'static str, answer: fn(&[Value]) -> Value| {
        let calls = Arc::clone(calls);
        let function = move |args: Vec<Value>| -> Result<Value, HostError> {
            let result = answer(&args);
            calls
                .lock()
                .expect("no panic")
                .push((name.to_owned(), args));
            Ok(result)
        };
        (name, function)
    };
    let distance = host("distance", |args| match args[2].as_str() {
        Some("text") => "far".into(),
        Some("int") => 3.into(),
        Some("bool") => true.into(),
        Some("huge") => value(&format!("{{\"$int\":\"1{}\"}}", "0".repeat(400))),
        _ => 1.5.into(),
    });
    let echo = host("echoEverything", |args| match args.get(1) {
        // A list in place of nothing says what to answer.
        Some(Value::List(list)) if list.len() != 1 => value("{\"flag\":true}"),
        _ => args[0].clone(),
    });
    let fetch = host("fetch", |args| match args[0].as_str() {
        Some("wrong") => value("{\"a\":{\"$bytes\":\"\"},\"b c\":\"text\"}"),
        _ => value("{\"part\":{\"$bytes\":\"AP8=\"}}"),
    });
    let log = host("log", |args| match args[0].as_str() {
        Some("wrong") => 5.into(),
        _ => Value::Null,
    });
    let pause = host("pause", |_| Value::Null);
    Hosts::default()
        .with(distance.0, distance.1)
        .with(echo.0, echo.1)
        .with(fetch.0, fetch.1)
        .with(log.0, log.1)
        .with(pause.0, pause.1)
}

/// A runtime with the golden bridge on its path, and what keeps it alive.
struct World {
    runtime: Subprocess,
    calls: Calls,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(async_mode: AsyncMode) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        package(folder.path());
        let calls = Calls::default();
        let glue = Glue::place(&folder.path().join("cache")).expect("the glue");
        let options = SubprocessOptions {
            paths: vec![folder.path().to_path_buf()],
            hosts: hosts(&calls),
            async_mode,
            ..SubprocessOptions::new(&referee("MOCHI_REFEREE_PYTHON"))
        };
        Self {
            runtime: Subprocess::start(options, &glue).expect("Python starts"),
            calls,
            _folder: folder,
        }
    }

    fn user(&self, function: &str) -> Value {
        let call = Call::new("demo.user", function);
        self.runtime.call(&call).expect("a result")
    }

    /// What the host was called with since, as `name args`.
    fn asked(&self) -> Vec<(String, Vec<Value>)> {
        std::mem::take(&mut *self.calls.lock().expect("no panic"))
    }

    /// Calls a function that is exposed.
    fn exposed(&self, name: &str, args: &str) -> Result<Value, CallError> {
        let mut call = Call::new("", name);
        if let Value::List(args) = value(args) {
            call.args = args;
        }
        self.runtime.call(&call)
    }
}

#[test]
fn python_calls_the_host() {
    for async_mode in [AsyncMode::PerCall, AsyncMode::Persistent] {
        let world = World::new(async_mode);
        assert_eq!(world.user("measured"), 1.5.into());
        let args = value("[{\"x\":1.0,\"y\":null},{\"x\":2.5,\"y\":3.0},\"m\"]");
        assert_eq!(world.asked(), [("distance".to_owned(), list(args))]);

        assert_eq!(
            world.user("echoed"),
            value("[\"Everything\",\"float\",\"Point\",\"float\"]")
        );
        let digits = "-1606938044258990275541962092341162602522202993782792835301376";
        let everything = format!(
            r#"{{"flag":true,"count":{{"$int":"{digits}"}},"ratio":2.0,"text":"é\u0000🐍",
            "data":{{"$bytes":"AP8="}},"rows":[[1,{{"$int":"1180591620717411303424"}}],[]],
            "named":{{"$map":[["$a",[{{"$bytes":""}}]],["",[]]]}},"lastPoint":{{"x":0.5,"y":null}},
            "points":[null,{{"x":1.0,"y":-0.0}}],"from_date":null}}"#
        );
        let args = value(&format!("[{everything},[{everything}]]"));
        assert_eq!(world.asked(), [("echoEverything".to_owned(), list(args))]);

        let part = "{\"part\":{\"$bytes\":\"AP8=\"}}";
        assert_eq!(world.user("fetched"), value(&format!("[{part},{part}]")));
        let mut asked = world.asked();
        asked[1..].sort_by_key(|(_, args)| args[0].as_str().map(str::to_owned));
        let due = [
            ("pause".to_owned(), vec![0.0.into()]),
            ("fetch".to_owned(), vec!["a".into(), Value::Null]),
            ("fetch".to_owned(), vec!["b".into(), 3.0.into()]),
        ];
        assert_eq!(asked, due);

        assert_eq!(world.user("told"), Value::Null);
        assert_eq!(world.asked(), [("log".to_owned(), vec!["a line".into()])]);
        world.runtime.shutdown();
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::List(items) => items,
        other => panic!("{other:?}"),
    }
}

/// Expressions of Python that are refused, with the message.
fn refuses(cases: &[(&str, &str)]) {
    let world = World::new(AsyncMode::PerCall);
    for (code, message) in cases {
        let call = Call::new("demo.user", "refused").arg(*code);
        let told = world.runtime.call(&call).expect("an answer");
        let due = Value::List(vec!["TypeError".into(), (*message).into()]);
        assert_eq!(told, due, "{code}");
    }
}

#[test]
fn arguments_of_other_types_are_refused_with_their_path() {
    refuses(&[
        (
            "distance(Point('1'), Point(1), 'm')",
            "distance: `a.x` must be float, found string",
        ),
        (
            "distance(Point(True), Point(1), 'm')",
            "distance: `a.x` must be float, found bool",
        ),
        (
            "distance(Point(1), {'x': 1.0}, 'm')",
            "distance: `b` must be point, found map",
        ),
        (
            "distance(Point(1), Point(10**400), 'm')",
            "distance: `b.x` must be float, found an int beyond its range",
        ),
        (
            "distance(Point(1), Point(1), b'm')",
            "distance: `unit` must be string, found bytes",
        ),
        (
            "distance(None, Point(1), 'm')",
            "distance: `a` must be point, found nothing",
        ),
        ("log(5)", "log: `line` must be string, found int"),
        (
            "echo_everything(VALUE, [VALUE, VALUE.__class__(*[None] * 9)])",
            "echoEverything: `list[1].flag` must be bool, found nothing",
        ),
        (
            "echo_everything(VALUE.__class__(True, 1, 1, '', b'', [[1], [1, True]], {}, None, []))",
            "echoEverything: `value.rows[1][1]` must be int, found bool",
        ),
        (
            "echo_everything(VALUE.__class__(True, 1, 1, '', b'', [], {'a b': [b'', '']}, None, []))",
            "echoEverything: `value.named['a b'][1]` must be bytes, found string",
        ),
        (
            "echo_everything(VALUE.__class__(True, 1, 1, '', b'', [], {1: []}, None, []))",
            "echoEverything: `value.named` must have string keys, found 1",
        ),
        (
            "echo_everything(VALUE.__class__(True, 1, 1, '', b'', 'ab', {}, None, []))",
            "echoEverything: `value.rows` must be list, found string",
        ),
        (
            "fetch('x', 'y')",
            "fetch: `timeout` must be float, found string",
        ),
    ]);
}

#[test]
fn results_of_other_types_are_refused_with_their_path() {
    refuses(&[
        (
            "distance(Point(1), Point(1), 'text')",
            "distance: `result` must be float, found string",
        ),
        (
            "distance(Point(1), Point(1), 'bool')",
            "distance: `result` must be float, found bool",
        ),
        (
            "distance(Point(1), Point(1), 'huge')",
            "distance: `result` must be float, found an int beyond its range",
        ),
        (
            "echo_everything(VALUE, [])",
            "echoEverything: `result.count` must be int, found nothing",
        ),
        (
            "fetch('wrong')",
            "fetch: `result['b c']` must be bytes, found string",
        ),
        ("log('wrong')", "log: `result` must be nothing, found int"),
    ]);
    // An int is a float.
    let world = World::new(AsyncMode::PerCall);
    let call = Call::new("demo.user", "refused").arg("distance(Point(1), Point(1), 'int').hex()");
    assert_eq!(world.runtime.call(&call), Ok(Value::Null));
}

#[test]
fn the_host_calls_python() {
    let world = World::new(AsyncMode::PerCall);
    let points = "[[{\"x\":1},{\"x\":2.5,\"y\":null},{\"y\":0.0,\"x\":1e3}]]";
    // By the module, which imports it, and then by the name alone.
    let mut call = Call::new("demo.bridge", "area");
    call.args = list(value(points));
    let due = value("{\"x\":1003.5,\"gaps\":2.0}");
    assert_eq!(world.runtime.call(&call).as_ref(), Ok(&due));
    assert_eq!(world.exposed("area", points), Ok(due));

    let shape = "{\"name\":\"l\",\"corners\":[{\"x\":1.0},{\"x\":2.0}],\"tags\":{\"a\":\"b\"}}";
    assert_eq!(
        world.exposed(
            "describeShape",
            &format!("[{shape},{{\"$int\":\"18446744073709551616\"}}]")
        ),
        Ok(value(
            "{\"name\":\"L\",\"corners\":[{\"x\":2.0,\"y\":null},{\"x\":1.0,\"y\":null}],\
             \"tags\":{\"measured\":\"1.5\",\"indent\":\"18446744073709551616\",\"a\":\"b\"}}"
        ))
    );
    assert_eq!(world.asked().len(), 1);
    assert_eq!(
        world.exposed("describeShape", &format!("[{shape}]")),
        Ok(Value::Null)
    );

    let later = world
        .exposed("match", "[true, {\"$bytes\":\"AA==\"}]")
        .expect("a result");
    let digits = "1267650600228229401496703205376";
    let due = format!(
        "[{{\"flag\":true,\"count\":{{\"$int\":\"{digits}\"}},\"ratio\":{{\"$float\":\"inf\"}},\
         \"text\":\"é\",\"data\":{{\"$bytes\":\"AA==\"}},\"rows\":[[1]],\
         \"named\":{{\"a\":[{{\"$bytes\":\"AA==\"}}]}},\"lastPoint\":{{\"x\":1.0,\"y\":null}},\
         \"points\":[null],\"from_date\":null}}]"
    );
    assert_eq!(later, value(&due));
    assert_eq!(world.exposed("reset", "[]"), Ok(Value::Null));
}

#[test]
fn what_the_host_sends_is_checked_as_well() {
    let world = World::new(AsyncMode::PerCall);
    let import = Call::new("builtins", "exec").arg("import demo.bridge");
    world.runtime.call(&import).expect("imported");
    for (function, args, message) in [
        (
            "area",
            "[[{\"x\":1.0},{\"x\":\"1\"}]]",
            "area: `points[1].x` must be float, found string",
        ),
        (
            "area",
            "[[{\"x\":1.0,\"z\":1.0}]]",
            "area: `points[0].z` is no field of point",
        ),
        (
            "area",
            "[[{\"y\":1.0}]]",
            "area: `points[0].x` must be float, found nothing",
        ),
        (
            "area",
            "[[5]]",
            "area: `points[0]` must be point, found int",
        ),
        ("area", "[{}]", "area: `points` must be list, found map"),
        (
            "area",
            "[[]]",
            "area: `result['nothing']` must be float, found string",
        ),
        (
            "match",
            "[1, {\"$bytes\":\"\"}]",
            "match: `type` must be bool, found int",
        ),
        (
            "match",
            "[true, \"\"]",
            "match: `bytes` must be bytes, found string",
        ),
        // Of an asynchronous function.
        (
            "match",
            "[false, {\"$bytes\":\"\"}]",
            "match: `result[0].count` must be int, found bool",
        ),
        (
            "describeShape",
            "[{\"name\":\"a\",\"corners\":[{\"x\":1.0,\"y\":\"1\"}]}]",
            "describeShape: `shape.corners[0].y` must be float, found string",
        ),
    ] {
        match world.exposed(function, args) {
            Err(CallError::Python(error)) => {
                assert_eq!(error.message, message);
                assert_eq!(error.kind, "mochi_runtime.MochiError");
            }
            other => panic!("{function}({args}): {other:?}"),
        }
    }
}

/// The same without the host and its glue: what Python alone sees.
#[test]
fn the_wrapper_runs_with_a_host_that_is_python() {
    let folder = tempfile::tempdir().expect("a folder");
    package(folder.path());
    let told = run(Command::new(referee("MOCHI_REFEREE_PYTHON"))
        .arg(of_tests("bridge/fake_host.py"))
        .current_dir(folder.path())
        .env("PYTHONPATH", folder.path()));
    assert_eq!(told.trim(), "14 checks");
}
