//! What cargo's linker is told by rustc, which takes it for emcc, in words of `wasm-ld`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::flags;

/// Libraries that are Pyodide's own: nothing is to be looked up for them.
const IN_PYODIDE: [&str; 8] = ["c", "m", "dl", "rt", "util", "pthread", "c++", "c++abi"];

/// A call of the driver, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The linker, and words that go before all others.
    pub(crate) linker: Vec<OsString>,
    /// What rustc said.
    pub(crate) words: Vec<OsString>,
}

impl Call {
    /// The words before those of rustc, as the script calls the driver.
    pub(crate) fn prefix(linker: &[OsString]) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        for word in linker {
            words.extend(["--linker".into(), word.clone()]);
        }
        words.push("--".into());
        words
    }

    /// Reads the arguments of the driver.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let mut linker = Vec::new();
        while let Some(word) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{} has no value", word.to_string_lossy()))
            };
            match word.to_str() {
                Some("--") => break,
                Some("--linker") => linker.push(value()?),
                _ => return Err(format!("{} is unknown", word.to_string_lossy())),
            }
        }
        if linker.is_empty() {
            return Err("--linker is missing".to_owned());
        }
        Ok(Self {
            linker,
            words: arguments.collect(),
        })
    }

    /// The arguments of `wasm-ld`: objects, archives and where to find them; nothing of what only
    /// emcc knows. Response files must have been read.
    pub(crate) fn arguments(&self) -> Result<Vec<OsString>, String> {
        let mut files = Vec::new();
        let mut output = None;
        let mut exports = Vec::new();
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy();
            if text == "-o" {
                output = words.next().map(PathBuf::from);
            } else if text == "-L" {
                files.push(word.clone());
                files.extend(words.next().cloned());
            } else if text == "-s" {
                exports.extend(words.next().map_or_else(Vec::new, exported));
            } else if let Some(option) = text.strip_prefix("-s") {
                exports.extend(exported(&option.into()));
            } else if text == "-l" {
                words.next();
            } else if let Some(library) = text.strip_prefix("-l") {
                if !IN_PYODIDE.contains(&library) {
                    files.push(word.clone());
                }
            } else if text.starts_with("-L") || is_file(&text) {
                files.push(word.clone());
            } else if let Some(list) = text.strip_prefix("-Wl,") {
                files.extend(
                    list.split(',')
                        .filter(|word| is_known(word))
                        .map(Into::into),
                );
            }
        }
        let output = output.ok_or("rustc named no output")?;
        let mut arguments = flags::link(&exports, &output);
        arguments.extend(files);
        Ok(arguments)
    }
}

/// The functions that a setting of emcc names to be exported: those by which CPython imports a
/// module. What the crate or its dependencies export besides is not for the world.
fn exported(option: &OsString) -> Vec<String> {
    let text = option.to_string_lossy();
    let Some(list) = text.strip_prefix("EXPORTED_FUNCTIONS=") else {
        return Vec::new();
    };
    let names: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.strip_prefix('_'))
        .filter(|name| name.starts_with("PyInit_"))
        .map(str::to_owned)
        .collect()
}

fn is_file(word: &str) -> bool {
    !word.starts_with('-')
        && [".o", ".rlib", ".a", ".lib"]
            .iter()
            .any(|end| word.ends_with(end))
}

/// Words of `-Wl,` that `wasm-ld` needs in their place among the files.
fn is_known(word: &str) -> bool {
    matches!(word, "--whole-archive" | "--no-whole-archive") || is_file(word)
}

/// The words of a response file, as rustc writes it for linkers of the kind of gcc: one a line,
/// with a backslash before blanks and backslashes.
pub(crate) fn response(text: &str) -> Vec<OsString> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let line = line
                .strip_prefix('"')
                .and_then(|line| line.strip_suffix('"'))
                .unwrap_or(line);
            let mut word = String::new();
            let mut characters = line.chars();
            while let Some(character) = characters.next() {
                match character {
                    '\\' => word.extend(characters.next()),
                    other => word.push(other),
                }
            }
            word.into()
        })
        .collect()
}

/// A script that calls `words` and what it is called with itself.
pub(crate) fn script(words: &[OsString], windows: bool) -> Result<String, String> {
    let mut text = if windows {
        "@echo off\r\n".to_owned()
    } else {
        "#!/bin/sh\nexec".to_owned()
    };
    for (index, word) in words.iter().enumerate() {
        let word = word
            .to_str()
            .ok_or_else(|| format!("{} is not Unicode", word.to_string_lossy()))?;
        if windows {
            let blank = if index == 0 { "" } else { " " };
            text.push_str(&format!("{blank}\"{}\"", word.replace('%', "%%")));
        } else {
            text.push_str(&format!(" '{}'", word.replace('\'', r"'\''")));
        }
    }
    text.push_str(if windows {
        " %*\r\nexit /b %ERRORLEVEL%\r\n"
    } else {
        " \"$@\"\n"
    });
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_rustc_says_to_emcc() {
        let call = Call::parse(
            Call::prefix(&words("rust-lld -flavor wasm"))
                .into_iter()
                .chain(words(
                r#"-s EXPORTED_FUNCTIONS=["_PyInit_fast","_other"] a.o lib/libstd.rlib -l c -lc -lz
                    --target=wasm32-unknown-emscripten -fwasm-exceptions -L lib -o out/fast.wasm
                    -Wl,--whole-archive,libx.a,--no-whole-archive,--version-script=v -sSIDE_MODULE=2
                    -O3 -g0 -sABORTING_MALLOC=0"#
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .as_str(),
            )),
        )
        .unwrap();
        assert_eq!(call.linker, words("rust-lld -flavor wasm"));
        let arguments = call.arguments().unwrap();
        let fixed = flags::link(&["PyInit_fast".to_owned()], &PathBuf::from("out/fast.wasm"));
        assert_eq!(arguments[..fixed.len()], fixed[..]);
        assert_eq!(
            arguments[fixed.len()..],
            words("a.o lib/libstd.rlib -lz -L lib --whole-archive libx.a --no-whole-archive")
        );
    }

    #[test]
    fn a_call_that_is_none() {
        let said = |text: &str| Call::parse(words(text)).unwrap_err();
        assert_eq!(said("--linker"), "--linker has no value");
        assert_eq!(said("-- a.o"), "--linker is missing");
        assert_eq!(said("a.o"), "a.o is unknown");
        let call = Call::parse(words("--linker ld -- a.o")).unwrap();
        assert_eq!(call.arguments().unwrap_err(), "rustc named no output");
    }

    #[test]
    fn what_is_exported() {
        let of = |option: &str| exported(&option.into());
        assert_eq!(of(r#"EXPORTED_FUNCTIONS=["_PyInit_a"]"#), ["PyInit_a"]);
        assert!(of("EXPORTED_FUNCTIONS=what?").is_empty());
        assert!(of("SIDE_MODULE=2").is_empty());
    }

    #[test]
    fn response_files() {
        assert_eq!(
            response("-o\n/a\\ b/c\\\\d.o\n\n\"x.o\"\n"),
            vec![OsString::from("-o"), "/a b/c\\d.o".into(), "x.o".into()]
        );
    }

    #[test]
    fn scripts() {
        let call: Vec<OsString> = vec!["/a b/mochi".into(), "it's".into()];
        assert_eq!(
            script(&call, false).unwrap(),
            "#!/bin/sh\nexec '/a b/mochi' 'it'\\''s' \"$@\"\n"
        );
        let call: Vec<OsString> = vec![r"C:\a b\mochi.exe".into(), "100%".into()];
        assert_eq!(
            script(&call, true).unwrap(),
            "@echo off\r\n\"C:\\a b\\mochi.exe\" \"100%%\" %*\r\nexit /b %ERRORLEVEL%\r\n"
        );
    }
}
