use super::*;

fn script(line: &str) -> Result<Script, EntryPointsError> {
    let read: EntryPoints = format!("[console_scripts]\n{line}\n").parse()?;
    let [script] = read.scripts() else {
        panic!("{line}: {read:?}");
    };
    Ok(script.clone())
}

#[test]
fn round_trip_sorted() {
    let text = "# made by hand\n[gui_scripts]\r\ndemo-w=demo.gui:App.run\n\n\
        [console_scripts]\ndemo = demo.cli:main\n  ; a comment\nb.2=b:f[x, Y]\n\
        [other.group]\nAny name! = value = more\n    continued\n[empty]\n";
    let read: EntryPoints = text.parse().unwrap();
    let names: Vec<_> = read
        .scripts()
        .iter()
        .map(|s| (s.name.as_str(), s.gui))
        .collect();
    assert_eq!(names, [("b.2", false), ("demo", false), ("demo-w", true)]);
    assert_eq!(
        read.group("other.group").unwrap()["Any name!"],
        "value = more\ncontinued"
    );
    let written = read.to_string();
    assert!(
        written
            .starts_with("[console_scripts]\nb.2 = b:f[x, Y]\ndemo = demo.cli:main\n\n[empty]\n"),
        "{written}"
    );
    assert_eq!(written.parse(), Ok(read));
    assert_eq!(
        EntryPoints::parse(b"\xef\xbb\xbf"),
        Ok(EntryPoints::default())
    );
}

#[test]
fn references() {
    for (text, normal) in [
        ("a:b", "a:b"),
        ("a.b : c.d", "a.b:c.d"),
        ("a", "a"),
        ("a:b[Extra_One,two]", "a:b [extra-one,two]"),
        ("_é1:_", "_é1:_"),
    ] {
        let reference: ObjectReference = text.parse().unwrap();
        assert_eq!(reference.to_string(), normal);
        assert_eq!(normal.parse(), Ok(reference));
    }
    for bad in [
        "", ":", "a:", ":b", "a..b:c", "a:b:c", "a b:c", "1a:b", "a:b[", "a:b]", "a:b[!]", "a-b:c",
        "a:b;c", "a:b()", "a:b\nc",
    ] {
        let error = bad.parse::<ObjectReference>().unwrap_err();
        assert!(error.to_string().contains("module:attribute"), "{bad}");
    }
}

#[test]
fn uniform_indentation_is_no_continuation() {
    let read: EntryPoints = "  [console_scripts]\n  a = a:b\n  c = c:d\n"
        .parse()
        .unwrap();
    assert_eq!(read.scripts().len(), 2);
}

#[test]
fn code_cannot_be_injected() {
    for value in [
        "a:b; import os",
        "a:b\n    import os",
        "a:b\n  ;still a comment\n   x",
        "a:b #",
        "a:b(); c",
        "a:b[x\n  y]",
        "a",
        "",
    ] {
        let error = script(&format!("run = {value}")).unwrap_err();
        assert!(
            matches!(error, EntryPointsError::Reference { line: 2, .. }),
            "{value}: {error}"
        );
    }
}

#[test]
fn names_are_plain_file_names() {
    for good in [
        "demo",
        "demo.2-x_y",
        "-demo",
        "é",
        "pip",
        "pythonic",
        "python-config",
        "ipython3",
        ".hidden",
    ] {
        assert_eq!(script(&format!("{good} = a:b")).unwrap().name, good);
    }
    let long = "a".repeat(201);
    for bad in [
        "../x", "a/b", "a\\b", "a b", "a:b", "..", ".", "a.", "con", "NUL.txt", "Com1.x", "a%",
        &long,
    ] {
        let error = script(&format!("{bad} = a:b")).unwrap_err();
        assert!(
            matches!(error, EntryPointsError::ScriptName { line: 2, .. }),
            "{bad}: {error}"
        );
    }
    for reserved in [
        "python",
        "Python3",
        "PYTHON3.13.exe",
        "pythonw",
        "python3.13t",
        "pypy3",
    ] {
        let error = script(&format!("{reserved} = a:b")).unwrap_err();
        assert!(
            matches!(error, EntryPointsError::ReservedName { .. }),
            "{reserved}: {error}"
        );
    }
}

#[test]
fn broken_lines_are_named() {
    for (text, reason) in [
        ("a = b", "line 1 is neither"),
        ("[a\nb = c", "line 1 is neither"),
        ("[a]\nb", "line 2 is neither"),
        (
            "[a]\nb = 1\u{2028}[console_scripts]\u{2028}x = y:z",
            "line 2 is neither",
        ),
        ("[a]\nb = 1\r[console_scripts]", "line 2 is neither"),
        ("[a]\nb\0 = 1", "line 2 is neither"),
        ("[a]\n= b", "line 2 is neither"),
        (
            "[a]\nb = 1\nb = 2",
            "line 3 defines `b` of [a] a second time",
        ),
    ] {
        let error = text.parse::<EntryPoints>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
    assert!("[a]\nb=1\nb = 1".parse::<EntryPoints>().is_ok());
    assert_eq!(
        EntryPoints::parse(b"[a]\n\xff"),
        Err(EntryPointsError::NotUtf8 { offset: 4 })
    );
    let large = vec![b'\n'; MAX_ENTRY_POINTS_BYTES + 1];
    assert!(matches!(
        EntryPoints::parse(&large),
        Err(EntryPointsError::TooLarge { .. })
    ));
}
