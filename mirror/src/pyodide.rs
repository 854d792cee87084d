//! The one `pyodide-lock.json` of an environment, from those of several projects.

use serde_json::Value;

/// Two projects want different things under one name; the first one's is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The package; `None` where the Pyodide releases themselves differ.
    pub package: Option<String>,
    /// The project whose part was left out.
    pub project: String,
}

/// The lock with the packages of all parts: pairs of a project and its lock, by project. Of two
/// that contradict each other the first stands: a `pyodide-lock.json` has one version of a
/// package.
#[must_use]
pub fn united(parts: &[(String, Value)]) -> (Option<String>, Vec<Disagreement>) {
    let mut parts = parts.iter();
    let Some((_, first)) = parts.next() else {
        return (None, Vec::new());
    };
    let mut whole = first.clone();
    let mut left_out = Vec::new();
    for (project, part) in parts {
        if part.get("info") != whole.get("info") {
            left_out.push(Disagreement {
                package: None,
                project: project.clone(),
            });
            continue;
        }
        let theirs = part.get("packages").and_then(Value::as_object);
        let ours = whole.get_mut("packages").and_then(Value::as_object_mut);
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            continue;
        };
        for (name, package) in theirs {
            let stands = ours.entry(name.clone()).or_insert_with(|| package.clone());
            if stands != package {
                left_out.push(Disagreement {
                    package: Some(name.clone()),
                    project: project.clone(),
                });
            }
        }
    }
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    (Some(text), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn packages_add_up_and_the_first_stands() {
        let part =
            |packages: Value| json!({ "info": { "python": "3.13.2" }, "packages": packages });
        let parts = [
            ("a".to_owned(), part(json!({ "x": { "version": "1" } }))),
            (
                "b".to_owned(),
                part(json!({ "x": { "version": "2" }, "y": {} })),
            ),
            ("c".to_owned(), json!({ "info": {}, "packages": {} })),
        ];
        let (text, left_out) = united(&parts);
        let whole: Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(
            whole["packages"],
            json!({ "x": { "version": "1" }, "y": {} })
        );
        let left_out: Vec<_> = left_out
            .iter()
            .map(|one| (one.package.as_deref(), &*one.project))
            .collect();
        assert_eq!(left_out, [(Some("x"), "b"), (None, "c")]);
        assert_eq!(united(&[]), (None, Vec::new()));
    }
}
