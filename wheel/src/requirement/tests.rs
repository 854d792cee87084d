use super::*;

fn requirement(text: &str) -> Requirement {
    text.parse().unwrap()
}

#[test]
fn requirements_round_trip() {
    for (text, normal) in [
        ("requests", "requests"),
        (
            " Foo_Bar [ B.b , a,B_B ] (>=1, <2) ",
            "foo-bar[a,b-b]>=1,<2",
        ),
        ("a[]==1.*,", "a==1.*"),
        ("a()", "a"),
        ("a===x,>=1;os_name=='b'", "a===x,>=1; os_name == \"b\""),
        ("a@file:///b;c", "a @ file:///b;c"),
        (
            "a[x] @ https://example.org/a.whl#sha256=0 ; extra == 'Y'",
            "a[x] @ https://example.org/a.whl#sha256=0 ; extra == \"y\"",
        ),
        ("a >= 1 ; os_name == 'b'", "a>=1; os_name == \"b\""),
    ] {
        let read = requirement(text);
        assert_eq!(read.to_string(), normal);
        assert_eq!(requirement(normal), read);
    }
}

#[test]
fn parts_are_told_apart() {
    let read = requirement("a>=1; os_name == 'b'");
    assert_eq!(read.specifiers(), Some(&">=1".parse().unwrap()));
    assert_eq!(read.marker, Some("os_name == 'b'".parse().unwrap()));
    let read = requirement("a @ https://example.org/a.whl");
    assert_eq!(
        read.source,
        RequirementSource::Url("https://example.org/a.whl".into())
    );
    assert_eq!(read.specifiers(), None);
}

#[test]
fn what_is_no_requirement_says_where() {
    let long = format!("a{}", " ".repeat(MAX_REQUIREMENT_LENGTH));
    for (text, reason) in [
        (
            "",
            "at character 1: expected the name of a package, found the end",
        ),
        ("é", "at character 1: expected the name"),
        ("aé", "at character 1: expected the name"),
        ("a_", "`a_` ends with '_'"),
        (
            "a b",
            "at character 3: expected `[`, `@`, a version specifier, `;` or the end, found `b`",
        ),
        ("a[b", "at character 4: expected `,` or `]`, found the end"),
        ("a[b,]", "at character 5: expected the name of an extra"),
        ("a[,]", "expected the name of an extra"),
        ("a[b]]", "at character 5"),
        (
            "a>=1 <2",
            "at character 6: expected `,` and a version specifier",
        ),
        ("a>=1,,<2", "at character 6: expected `;`"),
        ("a,>=1", "at character 2"),
        (
            "a (>=1",
            "at character 7: expected `,` and a version specifier, or `)`",
        ),
        ("a (1.0)", "at character 4"),
        ("a>=1)", "at character 5"),
        ("a>=1.*", "only allowed after `==` and `!=`"),
        ("a==1.0 junk", "at character 8"),
        ("a @", "at character 4: expected a URL"),
        ("a @ b c", "at character 7: expected `;` or the end"),
        (
            "a @ b; os_name=='c'",
            "at character 8: expected `;` or the end",
        ),
        ("a @ b\nc", "expected a URL"),
        ("a;", "expected a variable"),
        (
            "a;os_name",
            "the marker `os_name` is invalid at character 8",
        ),
        ("a\n", "at character 2"),
        ("a\0", "found `\\0`"),
        (&long, "bytes long"),
    ] {
        let error = text.parse::<Requirement>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
}

#[test]
fn old_metadata_is_read() {
    for (text, meant) in [
        ("a>=1", "a>=1"),
        (
            "a[x] (>=1.9.*,<2.0) ; extra == 'y'",
            "a[x]>=1.9,<2.0; extra == 'y'",
        ),
        ("a>=7.2.0<8.0.0", "a>=7.2.0,<8.0.0"),
        ("a (>=1,,<2)", "a>=1,<2"),
        ("a>='1';", "a>=1"),
        ("a (*)", "a"),
        (" a >=1 <2\n", "a>=1,<2"),
        (
            "a @ https://example.org/a; os_name=='b'",
            "a @ https://example.org/a ; os_name=='b'",
        ),
        ("a @ https://example.org/a ;", "a @ https://example.org/a"),
    ] {
        assert_eq!(Requirement::lenient(text), Ok(requirement(meant)), "{text}");
    }
    for text in ["", "a b", "a (1.0)", "a>=1; junk", "a>=x", "a[b", "a @ b c"] {
        assert_eq!(Requirement::lenient(text), text.parse(), "{text}");
        Requirement::lenient(text).unwrap_err();
    }
}
