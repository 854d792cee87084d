//! `[python.publish.scripts]`: the programs that are installed.

use crate::Files;
use manifest::publish::Text;
use std::fmt::Write;
use toml_doc::Invalid;
use wheel::entry_points::EntryPoints;

/// `entry_points.txt`, as `hatchling` writes it; empty without programs.
pub(crate) fn entry_points(
    scripts: &[(String, Text)],
    tree: &Files,
    problems: &mut Vec<Invalid>,
) -> String {
    let mut sorted: Vec<&(String, Text)> = scripts.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut written = String::new();
    for (name, text) in sorted {
        let entry = format!("{name} = {}\n", text.value);
        let one = format!("[console_scripts]\n{entry}");
        let parsed = EntryPoints::parse(one.as_bytes());
        let problem = match &parsed {
            Err(error) => Some(said(&error.to_string())),
            Ok(points) => match points.scripts() {
                [script] => wheel::program::reserved(name)
                    .map(|whose| format!("the program `{name}` would replace {whose}"))
                    .or_else(|| missing(tree, &script.reference.module)),
                _ => Some(format!("`{name}` is no name of a program")),
            },
        };
        match problem {
            Some(problem) => problems.push(text.error(problem)),
            None => written += &entry,
        }
    }
    if written.is_empty() {
        return written;
    }
    let mut file = String::new();
    // Writing to a String cannot fail.
    let _ = write!(file, "[console_scripts]\n{written}");
    file
}

/// Without the words about a file that is not there yet.
fn said(message: &str) -> String {
    message
        .trim_start_matches("entry_points.txt line 2")
        .trim_start_matches([' ', ':'])
        .to_owned()
}

fn missing(tree: &Files, module: &str) -> Option<String> {
    let path = module.replace('.', "/");
    let there = [".py", "/__init__.py", "/__main__.py"]
        .iter()
        .any(|ending| tree.contains_key(&format!("{path}{ending}")));
    let native = || {
        tree.keys()
            .any(|file| file.starts_with(&format!("{path}.")))
    };
    (!there && !native()).then(|| format!("the Python tree has no module `{module}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::text;

    fn told(name: &str, value: &str) -> Result<String, String> {
        let tree: Files = [("demo/__init__.py", ""), ("demo/cli.py", "")]
            .map(|(path, text)| (path.to_owned(), text.into()))
            .into();
        let mut problems = Vec::new();
        let written = entry_points(&[(name.to_owned(), text(value))], &tree, &mut problems);
        match problems.pop() {
            Some(problem) => Err(problem.message),
            None => Ok(written),
        }
    }

    #[test]
    fn programs() {
        let written = told("demo-x", "demo.cli:main.run");
        assert_eq!(
            written.as_deref(),
            Ok("[console_scripts]\ndemo-x = demo.cli:main.run\n")
        );
        for (name, value, expected) in [
            ("demo", "demo.cli", "not `module:attribute`"),
            ("demo", "demo.other:main", "no module `demo.other`"),
            ("python3", "demo:main", "replace"),
            ("../x", "demo:main", "names a program"),
            ("a = b", "demo:main", ""),
            ("[x]", "demo:main", ""),
            ("demo", "demo:main\nevil = demo:x", ""),
            ("demo", "import os", "not `module:attribute`"),
        ] {
            let error = told(name, value).unwrap_err();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }
}
