use super::*;

fn linux() -> MarkerEnv {
    MarkerEnv::new(MarkerStrings {
        os_name: "posix".into(),
        sys_platform: "linux".into(),
        platform_machine: "x86_64".into(),
        platform_system: "Linux".into(),
        platform_release: "6.1.0-13-amd64".into(),
        platform_version: "#1 SMP Debian 6.1".into(),
        python_version: "3.13".into(),
        python_full_version: "3.13.5".into(),
        implementation_name: "cpython".into(),
        implementation_version: "3.13.5".into(),
        platform_python_implementation: "CPython".into(),
    })
}

fn marker(text: &str) -> Marker {
    text.parse().unwrap()
}

fn holds(text: &str) -> bool {
    marker(text).evaluate(&linux(), None)
}

#[test]
fn markers_print_with_the_parentheses_they_need() {
    for (text, normal) in [
        ("python_version<'3.9'", r#"python_version < "3.9""#),
        ("( ( os.name=='a' ) )", r#"os_name == "a""#),
        (
            "(os_name=='a' or os_name=='b')and'x'in sys.platform",
            r#"(os_name == "a" or os_name == "b") and "x" in sys_platform"#,
        ),
        (
            "(os_name=='a' and os_name=='b') or (os_name=='c' or os_name=='d')",
            r#"os_name == "a" and os_name == "b" or os_name == "c" or os_name == "d""#,
        ),
        (
            "platform.version not \t in 'a\"b' and python_implementation === \"it's\"",
            r#"platform_version not in 'a"b' and platform_python_implementation === "it's""#,
        ),
        ("extra == 'Foo_.Bar'", r#"extra == "foo-bar""#),
        (
            "'Foo' in dependency_groups",
            r#""foo" in dependency_groups"#,
        ),
    ] {
        let read = marker(text);
        assert_eq!(read.to_string(), normal);
        assert_eq!(marker(normal), read);
    }
}

#[test]
fn versions_compare_as_versions_and_texts_as_texts() {
    for text in [
        "python_version >= '3.9'",
        "python_version ~= '3.9'",
        "python_version == '3.*'",
        "'3.9' < python_version",
        "python_full_version < '3.14.0rc1'",
        "python_version not in '2.6 2.7 3.0'",
        "python_version < '=3.13'",
        "python_version === '3.13'",
        "implementation_version != '3.12'",
        "platform_version >= '#1 SMP Debian 6.1'",
        "os_name <= 'posix'",
        "'linux' in sys_platform",
        "'posix' == 'os_name'",
        "platform_release != 'x'",
        "os_name ~= '1' or os_name == 'posix'",
        "os_name != sys_platform",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "python_version < '3.9'",
        "'3.9' > python_version",
        "os_name > 'a'",
        "os_name ~= '1'",
        "'2.7.0' ~= os_name",
        "os_name === 'posix'",
        "'a' == 'a'",
        "platform_release >= '1'",
        "platform_release != '1'",
        "'x' in extras",
        "extras == 'x'",
        "'x' not in extras",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn extras_are_names() {
    let env = linux();
    let toml: ExtraName = "TOML".parse().unwrap();
    let read = marker("extra == 'Toml' or 'A_b' == extra or extra in 'not a name'");
    assert!(read.evaluate(&env, Some(&toml)));
    let asked: Vec<String> = read.extras().iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["a-b", "toml"]);
    assert!(!marker("extra == 'toml'").evaluate(&env, None));
    assert!(marker("extra != 'toml'").evaluate(&env, None));
    assert!(marker("extra == ''").evaluate(&env, None));
}

#[test]
fn lock_files_ask_for_sets() {
    let env = linux();
    let chosen: Vec<ExtraName> = vec!["a".parse().unwrap(), "b-c".parse().unwrap()];
    for (text, expected) in [
        ("'B_C' in extras", true),
        ("'x' in extras", false),
        ("'x' not in extras", true),
        ("'x' in dependency_groups", false),
        ("'x' != extras", true),
        ("'a' == extras", false),
        ("extras != 'a'", false),
        ("extra != 'a'", false),
    ] {
        assert_eq!(
            marker(text).evaluate_in_lock(&env, &chosen, &[]),
            expected,
            "{text}"
        );
    }
    assert!(marker("'a' in dependency_groups").evaluate_in_lock(&env, &[], &chosen));
}

#[test]
fn and_and_or_join() {
    let (a, b, c) = (
        marker("os_name == 'a'"),
        marker("os_name == 'b'"),
        marker("os_name == 'c'"),
    );
    assert_eq!(
        a.and(&b).and(&c),
        marker("os_name=='a' and os_name=='b' and os_name=='c'")
    );
    assert_eq!(
        a.or(&b).and(&c),
        marker("(os_name=='a' or os_name=='b') and os_name=='c'")
    );
    assert_eq!(
        a.or(&b.or(&c)),
        marker("os_name=='a' or os_name=='b' or os_name=='c'")
    );
    assert_eq!(
        a.or(&b.and(&c)),
        marker("os_name=='a' or os_name=='b' and os_name=='c'")
    );
}

#[test]
fn what_is_no_marker_says_where() {
    for (text, reason) in [
        ("", "at character 1: expected a variable"),
        ("os_name", "at character 8: expected one of `==`"),
        (
            "os_name == 'a",
            "at character 12: expected a text whose quotes are closed, found `'a`",
        ),
        (
            "os_name == 'a' os_name",
            "at character 16: expected `and`, `or` or the end",
        ),
        ("os_name == 'é' and", "at character 19: expected a variable"),
        (
            "(os_name == 'a'",
            "expected `and`, `or` or `)`, found the end",
        ),
        ("os_name notin 'a'", "expected one of"),
        ("os_name not'a'", "expected one of"),
        (
            "platform.system == 'a'",
            "at character 1: expected a variable",
        ),
        ("os_name == 'a\nb'", "a Python string"),
        ("os_name == 'a\0b'", "a Python string"),
        ("os_name\u{a0}== 'a'", "at character 8"),
        ("os_name == 'a')", "at character 15"),
    ] {
        let error = text.parse::<Marker>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
}

#[test]
fn hostile_markers_are_errors() {
    let nested = |depth: usize| format!("{}os_name=='a'{}", "(".repeat(depth), ")".repeat(depth));
    marker(&nested(MAX_MARKER_DEPTH));
    let too_deep = nested(MAX_MARKER_DEPTH + 1).parse::<Marker>();
    assert!(matches!(too_deep, Err(MarkerError::TooDeep { .. })));
    let too_deep = "(".repeat(20_000).parse::<Marker>();
    assert!(matches!(too_deep, Err(MarkerError::TooDeep { .. })));
    let long = format!("os_name == '{}'", "a".repeat(1_000_000));
    assert!(matches!(
        long.parse::<Marker>(),
        Err(MarkerError::TooLong { .. })
    ));
    let wide = format!("os_name=='a'{}", " or os_name=='a'".repeat(2_000));
    assert!(!marker(&wide).evaluate(&linux(), None));
    assert_eq!(marker(&wide).to_string().matches(" or ").count(), 2_000);
}
