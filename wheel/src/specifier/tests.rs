use super::*;

fn specifiers(text: &str) -> Specifiers {
    text.parse().unwrap()
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn specifiers_round_trip_in_the_order_given() {
    for (text, normal) in [
        ("", ""),
        (" , ,", ""),
        (">= 2.0 ,<3,", ">=2.0,<3"),
        ("<3,>=2", "<3,>=2"),
        ("==1.0.*", "==1.0.*"),
        ("===Anything/at~all", "===Anything/at~all"),
        ("===", "==="),
        ("~=v1.0RC1", "~=1.0rc1"),
        ("!=1!2-1+Local_1", "!=1!2.post1+local.1"),
    ] {
        let read = specifiers(text);
        assert_eq!(read.to_string(), normal);
        assert_eq!(specifiers(normal), read);
    }
}

#[test]
fn what_is_no_specifier_says_why() {
    let long = format!(">=1{}", " ".repeat(MAX_SPECIFIERS_LENGTH));
    for (text, reason) in [
        ("1.0", "must start with one of"),
        ("=1.0", "must start with one of"),
        (">=1.0.*", "only allowed after `==` and `!=`"),
        ("==1.0a1.*", "only a release"),
        ("==1.0+x.*", "only a release"),
        ("~=1", "at least two numbers"),
        ("<=1.0+local", "local version"),
        (">=1 .0", "white space"),
        ("===a;b", "not allowed after `===`"),
        (">=", "invalid"),
        ("==*", "invalid"),
        (">=1.0\0", "`>=1.0\\0` is invalid"),
        (">=٣", "invalid"),
        (&long, "bytes long"),
    ] {
        let error = text.parse::<Specifiers>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
}

#[test]
fn the_corners_of_pep_440_hold() {
    for (text, taken, left) in [
        ("==1.0", "1 1.0.0 1.0+local", "1.0.post1 1.0a1 1!1.0"),
        ("==1.0+a", "1.0+a 1.0.0+A", "1.0 1.0+b"),
        ("!=1.0", "1.0.post1 2", "1.0 1.0+local"),
        (
            "==1.0.1.*",
            "1.0.1 1.0.1.dev0 1.0.1.9",
            "1.0 1.0.2.dev0 1!1.0.1",
        ),
        ("!=1.*", "2.dev0 0.9", "1 1.5 1.dev0"),
        (
            "~=1.4.5",
            "1.4.5 1.4.99 1.4.5.post1",
            "1.5.dev0 1.4.5a1 1.4.4",
        ),
        ("~=2.0", "2.9 2.0+x", "3.dev0 1!2.0"),
        ("<1.0", "0.9 0.9.post1", "1.0a1 1.0.dev0 1.0a1.post1"),
        ("<1.0a2", "1.0a1 1.0a2.dev0", "1.0a2 1.0"),
        (
            "<1.0.post2",
            "1.0 1.0.post1 1.0a1",
            "1.0.post2.dev0 1.0.post2",
        ),
        ("<=1.0", "1.0+local 1.0a1", "1.0.post1"),
        (
            ">1.0",
            "1.0.1 1.1a1 1!0",
            "1.0.post1 1.0+local 1.0.post1.dev0",
        ),
        (">1.0a1", "1.0a2.dev0 1.0", "1.0a1.post1 1.0a1+x"),
        (">1.0.post1", "1.0.post2.dev0", "1.0.post1+x 1.0"),
        (">1.0.dev1", "1.0.dev2 1.0a1", "1.0.dev1+x"),
        (">1.0.post18446744073709551615", "1.0.1", "1.0.post1"),
        (">=1.0", "1.0+x", "1.0rc1"),
        ("===1.0", "1.0", "1.0.0 1.0+x"),
        ("===1.0RC1", "1.0rc1", "1.0"),
        ("===1.0-rc1", "", "1.0rc1"),
    ] {
        let read = specifiers(text);
        for candidate in taken.split_whitespace() {
            assert!(
                read.contains(&version(candidate)),
                "{text} leaves {candidate}"
            );
        }
        for candidate in left.split_whitespace() {
            assert!(
                !read.contains(&version(candidate)),
                "{text} takes {candidate}"
            );
        }
    }
}

#[test]
fn prereleases_are_named_by_all_operators_but_one() {
    for text in [
        ">=1.0a1",
        "<3,==2.0rc1",
        "<2.0.dev1",
        "~=1.0b1",
        "===1.0b2",
        "===1.0-b2",
    ] {
        assert!(specifiers(text).names_prerelease(), "{text}");
    }
    for text in [
        "",
        ">=1.0",
        "==1.0.post1",
        "===x",
        "==1.*",
        "!=1.0.dev1",
        "!=1.0a1,>0.9",
    ] {
        assert!(!specifiers(text).names_prerelease(), "{text}");
    }
}

#[test]
fn a_pin_is_one_whole_version() {
    for text in ["==1.0", "===1.0", " == 1.0 ,"] {
        assert_eq!(specifiers(text).pin(), Some(version("1.0")), "{text}");
    }
    for text in [
        "",
        "==1.*",
        ">=1.0",
        "==1.0,==1.0",
        "===x",
        "===v1.0",
        "!=1.0",
    ] {
        assert_eq!(specifiers(text).pin(), None, "{text}");
    }
    assert_eq!(
        Specifiers::from_iter([Specifier::exact(version("1.0"))]),
        specifiers("==1.0")
    );
}

#[test]
fn both_sets_hold_of_their_union() {
    let both = specifiers(">=1").and(&specifiers("<2"));
    assert_eq!(both, specifiers(">=1,<2"));
    assert_eq!(both.and(&Specifiers::default()), both);
}

#[test]
fn known_faults_are_repaired() {
    for (text, meant) in [
        (">=2,<3", ">=2,<3"),
        (">=3.6.*", ">=3.6"),
        (">2.7,<3.*", ">2.7,<3"),
        (">=2.7,!=3.0*,!=3.1*", ">=2.7,!=3.0.*,!=3.1.*"),
        (">=2.7.*, !=3.0.*", ">=2.7,!=3.0.*"),
        ("==3.*.*", "==3.*"),
        ("<=3.6.*", "<3.7"),
        ("<=1!3.*", "<1!4"),
        ("~=3.6.*", "~=3.6"),
        (">=7.2.0<8.0.0", ">=7.2.0,<8.0.0"),
        (">=3.6 <4", ">=3.6,<4"),
        (">=1!3.6<2!4", ">=1!3.6,<2!4"),
        ("!=~5.0,>=4.12", "!=5.0.*,>=4.12"),
        (">='3.6'", ">=3.6"),
        (">=3.6,<4\"", ">=3.6,<4"),
        ("> = 3.6", ">=3.6"),
        ("=>3.6", ">=3.6"),
        (">=3.6.", ">=3.6"),
        (">=3.6,,<4", ">=3.6,<4"),
        (">=9.0.0a1.0", ">=9.0.0a1"),
        (">dev", ">0.dev0"),
        ("*", ""),
        ("==*,<2", "<2"),
        (">=*", ""),
    ] {
        assert_eq!(Specifiers::lenient(text), Ok(specifiers(meant)), "{text}");
    }
}

#[test]
fn what_makes_no_sense_stays_an_error() {
    for text in [
        "3.6",
        "x",
        ">=",
        ">=x",
        "!=*",
        "<*",
        "^3.6",
        ">=3.6;<4",
        ">=3.6 and <4",
        ">=<3",
        "<=.*",
        "<=18446744073709551615.*",
        "===a b",
        ">=1.0.0\0",
        "==.*",
        "!",
    ] {
        assert_eq!(Specifiers::lenient(text), text.parse(), "{text}");
        Specifiers::lenient(text).unwrap_err();
    }
}

#[test]
fn what_is_made_of_hostile_text_is_read_again() {
    for piece in [
        ">=1", "=", ",", "'", "*", ".0", "!", "1!", " ", ".*", "<=1.*",
    ] {
        let text = format!(">=1a1{}", piece.repeat(6_000));
        if let Ok(read) = Specifiers::lenient(&text) {
            assert_eq!(read.to_string().parse(), Ok(read), "{piece}");
        }
    }
    assert!(Specifiers::lenient(&">=1".repeat(1_000_000)).is_err());
}
