//! Python code on lines of at most 100 columns, as formatters lay it out.

const WIDTH: usize = 100;

/// An expression or the head of a function.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    /// What stands on one line.
    Text(String),
    /// What may be broken after `open`, after each item, and before `close`.
    Group {
        open: String,
        items: Vec<Code>,
        close: String,
    },
}

impl From<String> for Code {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Code {
    /// A call, or what looks like one.
    pub(crate) fn call(name: &str, items: Vec<Self>) -> Self {
        Self::Group {
            open: format!("{name}("),
            items,
            close: ")".to_owned(),
        }
    }

    /// The same after something.
    pub(crate) fn after(self, before: &str) -> Self {
        match self {
            Self::Text(text) => Self::Text(format!("{before}{text}")),
            Self::Group { open, items, close } => Self::Group {
                open: format!("{before}{open}"),
                items,
                close,
            },
        }
    }

    /// On one line.
    pub(crate) fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Group { open, items, close } => {
                let items: Vec<String> = items.iter().map(Self::flat).collect();
                format!("{open}{}{close}", items.join(", "))
            }
        }
    }

    /// On lines, with `end` at the end of the last.
    pub(crate) fn lines(&self, indent: usize, end: &str) -> String {
        let flat = format!("{:indent$}{}{end}\n", "", self.flat());
        match self {
            Self::Group { open, items, close } if flat.len() > WIDTH + 1 && !items.is_empty() => {
                let inner = items.iter().map(|item| item.lines(indent + 4, ","));
                let inner: String = inner.collect();
                format!("{:indent$}{open}\n{inner}{:indent$}{close}{end}\n", "", "")
            }
            _ => flat,
        }
    }
}

/// A line of a text that stands in a docstring: Markdown reads it as what it was.
pub(crate) fn escaped(line: &str) -> String {
    line.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")
}

/// A docstring of these lines.
pub(crate) fn docstring(lines: &[String], indent: usize) -> String {
    let several = lines.len() > 1;
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    // Quotes at the end would end it too early.
    let mut quotes = 0;
    if let [only] = &mut lines[..] {
        let rest = only.trim_end_matches('"');
        quotes = only.len() - rest.len();
        *only = rest;
    }
    let lines: Vec<String> = lines.into_iter().map(escaped).collect();
    let pad = " ".repeat(indent);
    let mut text = format!("{pad}\"\"\"");
    for (at, line) in lines.iter().enumerate() {
        let pad = if at == 0 || line.is_empty() { "" } else { &pad };
        text += &format!("{}{pad}{line}", if at == 0 { "" } else { "\n" });
    }
    let end = if several {
        format!("\n{pad}")
    } else {
        String::new()
    };
    text + &"\\\"".repeat(quotes) + &end + "\"\"\"\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_calls_are_broken() {
        let word = |letter: &str| Code::from(letter.repeat(40));
        let inner = Code::call("g", vec![word("a"), word("b")]);
        assert_eq!(inner.lines(4, ":").lines().count(), 1);
        let outer = Code::call("f", vec![inner, Code::call("h", vec![])]).after("return ");
        let (a, b) = (word("a").flat(), word("b").flat());
        let due = format!("    return f(\n        g({a}, {b}),\n        h(),\n    )\n");
        assert_eq!(outer.lines(4, ""), due);
        let deep = outer.lines(12, ",");
        assert!(
            deep.contains(&format!("g(\n{:20}{a},\n{:20}{b},\n", "", "")),
            "{deep}"
        );
    }

    #[test]
    fn docstrings_are_escaped() {
        let of = |text: &str| {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            docstring(&lines, 4)
        };
        assert_eq!(of("a \\n \"b\""), "    \"\"\"a \\\\n \"b\\\"\"\"\"\n");
        assert_eq!(of("\"\"\""), "    \"\"\"\\\"\\\"\\\"\"\"\"\n");
        assert_eq!(of("a \\\""), "    \"\"\"a \\\\\\\"\"\"\"\n");
        assert_eq!(of("a\n\nb"), "    \"\"\"a\n\n    b\n    \"\"\"\n");
    }
}
