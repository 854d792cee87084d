//! `pyconfig.h` of CPython on wasm32-emscripten, which is in no package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What the headers of the limited API ask about the machine; the same in every Pyodide.
const LIMITED: [(&str, u32); 18] = [
    ("SIZEOF_SHORT", 2),
    ("SIZEOF_INT", 4),
    ("SIZEOF_LONG", 4),
    ("SIZEOF_LONG_LONG", 8),
    ("SIZEOF_VOID_P", 4),
    ("SIZEOF_SIZE_T", 4),
    ("SIZEOF_WCHAR_T", 4),
    ("SIZEOF_TIME_T", 8),
    ("SIZEOF_OFF_T", 8),
    ("SIZEOF_FLOAT", 4),
    ("SIZEOF_DOUBLE", 8),
    ("ALIGNOF_LONG", 4),
    ("ALIGNOF_SIZE_T", 4),
    ("HAVE_STDDEF_H", 1),
    ("HAVE_STDINT_H", 1),
    ("HAVE_INTTYPES_H", 1),
    ("HAVE_SYS_TYPES_H", 1),
    ("STDC_HEADERS", 1),
];

/// A setting of CPython's build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
}

/// For code that uses the limited API.
pub(crate) fn limited() -> String {
    render(
        LIMITED
            .iter()
            .map(|(name, value)| (*name, value.to_string())),
    )
}

/// For code that uses the full API: the values are Pyodide's, `names` those that a `pyconfig.h`
/// of the same minor has. On Windows it is another one, so that names which can only come from
/// `pyconfig.h` count too.
pub(crate) fn full(values: &BTreeMap<String, Value>, names: &BTreeSet<String>) -> String {
    let is_name = |name: &str| {
        names.contains(name)
            || ["HAVE_", "SIZEOF_", "ALIGNOF_"]
                .iter()
                .any(|start| name.starts_with(start))
    };
    render(values.iter().filter(|(name, _)| is_name(name)).filter_map(
        |(name, value)| match value {
            Value::Number(0) => None,
            Value::Number(number) => Some((name.as_str(), number.to_string())),
            Value::Text(text) => Some((name.as_str(), text.clone())),
        },
    ))
}

fn render<'a>(defines: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut text = "#ifndef Py_PYCONFIG_H\n#define Py_PYCONFIG_H\n".to_owned();
    for (name, value) in defines {
        // Like pyconfig.h: the compiler may have it from the command line.
        let _ = writeln!(text, "#ifndef {name}\n#define {name} {value}\n#endif");
    }
    text.push_str("#endif\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limited_one_says_what_wasm_is() {
        let text = limited();
        assert!(text.contains("#define SIZEOF_LONG 4\n"));
        assert!(text.contains("#define SIZEOF_TIME_T 8\n"));
        assert_eq!(text.matches("#if").count(), text.matches("#endif").count());
    }

    #[test]
    fn the_full_one_has_what_is_not_zero_and_belongs_there() {
        let value = |number| Value::Number(number);
        let values = BTreeMap::from([
            ("HAVE_FORK".to_owned(), value(0)),
            ("HAVE_STAT".to_owned(), value(1)),
            ("CC".to_owned(), Value::Text("emcc".to_owned())),
            ("Py_ENABLE_SHARED".to_owned(), value(1)),
            ("PY_BUILTIN".to_owned(), Value::Text("\"sha3\"".to_owned())),
        ]);
        let names = BTreeSet::from(["PY_BUILTIN".to_owned(), "HAVE_FORK".to_owned()]);
        let text = full(&values, &names);
        assert!(text.contains("#define HAVE_STAT 1\n"));
        assert!(text.contains("#define PY_BUILTIN \"sha3\"\n"));
        for absent in ["HAVE_FORK", "emcc", "SHARED"] {
            assert!(!text.contains(absent), "{absent}");
        }
    }
}
