use crate::{Bridge, Invalid, Manifest};

const FUNCTION: &str = "[[python.bridge.host]]\nname = \"now\"\n";

fn parse(bridge: &str) -> Result<Bridge, Invalid> {
    let text = format!("[package]\nname = \"my-demo\"\nversion = \"0.1\"\n\n{bridge}");
    Ok(Manifest::parse("mochi.toml", &text)?.bridge.unwrap())
}

/// A mistake as `line: key: message; hint`.
fn refused(bridge: &str) -> String {
    let error = parse(bridge).unwrap_err();
    let hint = error.hint.clone().unwrap_or_default();
    format!("{}: {}: {}; {hint}", error.line, error.key, error.message)
}

#[test]
fn what_is_not_said_comes_from_the_package() {
    let bridge = parse(
        "[python.bridge.records.zone]\nb = \"int\"\na = \"optional<int>\"\n\
         [[python.bridge.python]]\nname = \"theArea\"\nparams = [\"z : zone\", \"a:map<zone>\"]\n",
    )
    .unwrap();
    assert_eq!(bridge.module, "my_demo.bridge");
    assert_eq!(bridge.wit_package.to_string(), "my-demo:bridge@0.1.0");
    let fields = bridge.records[0]
        .fields
        .iter()
        .map(|field| field.name.as_str());
    assert_eq!(fields.collect::<Vec<_>>(), ["b", "a"]);
    let area = &bridge.python[0];
    assert_eq!((&*area.module, &*area.attribute), ("my_demo", "the_area"));
    let params = area.signature.params.iter();
    let params = params.map(|param| format!("{} {}", param.name, param.kind));
    assert_eq!(params.collect::<Vec<_>>(), ["z zone", "a map<zone>"]);
}

#[test]
fn no_bridge_is_none() {
    assert_eq!(Manifest::parse("mochi.toml", "").unwrap().bridge, None);
}

#[test]
fn mistakes_name_line_and_key() {
    for (bridge, words) in [
        ("[python.bridge]\n", "5: python.bridge: lists no function"),
        (
            "[python.bridge]\nmodul = \"x\"\n",
            "6: python.bridge.modul: unknown key; the nearest valid key is `module`",
        ),
        (
            "[[python.bridge.host]]\nname = \"f\"\nasinc = true\n",
            "7: python.bridge.host[0].asinc: unknown key; the nearest valid key is `async`",
        ),
        (
            "[[python.bridge.host]]\nname = \"f\"\nasync = \"yes\"\n",
            "7: python.bridge.host[0].async: must be true or false, found string",
        ),
        (
            "[[python.bridge.host]]\nname = \"f\"\nparams = [\n  \"a: int\",\n  \"b: dict\",\n]\n",
            "9: python.bridge.host[0].params[1]: unknown type `dict`; the nearest valid type is `map`",
        ),
        (
            "[[python.bridge.host]]\nname = \"f\"\nparams = [\"a\"]\n",
            "7: python.bridge.host[0].params[0]: \"a\" has no type; write it as \"a: string\"",
        ),
        (
            "[python.bridge]\nmodule = \"a.class\"\n",
            "6: python.bridge.module: \"a.class\" is no name of a Python module",
        ),
        (
            "[python.bridge]\nmodule = \"mochi_runtime.x\"\n",
            "6: python.bridge.module: `mochi_runtime` is the bridge's own package",
        ),
        (
            "[[python.bridge.python]]\nname = \"f\"\nfunction = \"my_demo.bridge:f\"\n",
            "7: python.bridge.python[0].function: `my_demo.bridge` is the module that is written",
        ),
        (
            "[[python.bridge.python]]\nname = \"f\"\nfunction = \"f\"\n",
            "7: python.bridge.python[0].function: \"f\" names no function",
        ),
        (
            "[python.bridge]\nmodule = \"bridge\"\n[[python.bridge.python]]\nname = \"f\"\n",
            "7: python.bridge.python[0]: `function` is missing",
        ),
        (
            "[[python.bridge.host]]\nname = \"f\"\ndoc = \"a\\u0007b\"\n",
            "7: python.bridge.host[0].doc: WIT cannot have the character U+0007",
        ),
    ] {
        let found = refused(bridge);
        assert!(found.starts_with(words), "{found}\n{words}");
    }
}

#[test]
fn clashes_are_refused_by_name() {
    let function = |name: &str| format!("[[python.bridge.python]]\nname = \"{name}\"\n");
    let record = |name: &str| format!("[python.bridge.records.{name}]\nx = \"int\"\n");
    for (bridge, words) in [
        (FUNCTION.repeat(2), "the bridge has two functions `now`"),
        (
            record("now") + FUNCTION,
            "the bridge has a record and a function `now`",
        ),
        (
            function("my_fn") + &function("myFn"),
            "the function `my_fn` and the function `myFn` of the bridge are both `my-fn` in WIT",
        ),
        (
            function("sha_256") + &function("sha256"),
            "are both `sha256` in WIT",
        ),
        (
            function("f") + "params = [\"a: int\", \"A: int\"]\n",
            "the parameter `a` and the parameter `A` of the function `f` are both `a` in WIT",
        ),
        (
            function("f") + "params = [\"a: int\", \"a: int\"]\n",
            "the function `f` has two parameters `a`",
        ),
        (
            record("r") + "X = \"int\"\n" + FUNCTION,
            "the field `x` and the field `X` of the record `r` are both `x` in WIT",
        ),
        (function("class"), "`class` is a keyword of Python"),
        (function("isinstance"), "the Python wrapper needs the name"),
        (record("string"), "`string` is a type of the table already"),
        (
            record("integer"),
            "the WIT world has a type `integer` of its own",
        ),
        (
            "[python.bridge.records.empty]\n".to_owned(),
            "a record needs a field",
        ),
    ] {
        let found = refused(&bridge);
        assert!(found.contains(words), "{found}\n{words}");
    }
}

#[test]
fn records_that_hold_themselves_are_refused() {
    let records = |fields: &str| format!("[python.bridge.records]\n{fields}{FUNCTION}");
    let found = refused(&records("node = { next = \"optional<node>\" }\n"));
    assert!(
        found.starts_with("6: ") && found.contains("node -> node;"),
        "{found}"
    );
    let found = refused(&records(
        "a = { b = \"b\" }\nb = { c = \"list<c>\", d = \"d\" }\nc = { b = \"map<b>\" }\nd = { x = \"int\" }\n",
    ));
    assert!(
        found.starts_with("7: ") && found.contains("b -> c -> b;"),
        "{found}"
    );
    // The same record twice, and a long chain, are no cycles.
    let chain = |at: usize| format!("r{at} = {{ a = \"r{0}\", b = \"r{0}\" }}\n", at + 1);
    let chain: String = (0..2000).map(chain).collect();
    let bridge = parse(&records(&(chain + "r2000 = { x = \"int\" }\n"))).unwrap();
    assert_eq!(bridge.records.len(), 2001);
}

#[test]
fn a_version_that_wit_cannot_have_is_told_where_it_stands() {
    let text = format!("[package]\nname = \"a\"\nversion = \"1!2.0\"\n{FUNCTION}");
    let error = Manifest::parse("mochi.toml", &text).unwrap_err();
    assert_eq!((error.line, &*error.key), (3, "package.version"));
    let text = format!("[package]\nname = \"3d\"\n{FUNCTION}");
    let error = Manifest::parse("mochi.toml", &text).unwrap_err();
    assert!(
        error.message.contains("no name of a Python module"),
        "{error}"
    );
}
