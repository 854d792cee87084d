//! What other parts of Mochi keep in `mochi.lock`.

use toml_edit::{DocumentMut, Item, Table};

const OURS: [&str; 5] = [
    "version",
    "python",
    "python-environment",
    "python-package",
    "python-skip",
];

/// What stands in an existing lock and is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreign {
    values: String,
    tables: String,
}

impl Foreign {
    /// What of an existing lock is not ours. Text that is not TOML has nothing.
    pub fn of(existing: &str) -> Self {
        let Ok(mut document) = existing.parse::<DocumentMut>() else {
            return Self::default();
        };
        for key in OURS {
            document.remove(key);
        }
        document.set_trailing("");
        let mut values = document.clone();
        values.retain(|_, item| is_line(item));
        document.retain(|_, item| !is_line(item));
        let text = |document: &DocumentMut| document.to_string().trim_start().to_owned();
        Self {
            values: text(&values),
            tables: text(&document),
        }
    }

    /// A lock of ours with it: values stand before the first table, where alone TOML has a place
    /// for them, and tables behind the last.
    pub fn around(&self, ours: &str) -> String {
        let mut text = ours.to_owned();
        if !self.values.is_empty() {
            // Behind `version = 1`.
            let head = ours.find("\n\n").map_or(ours.len(), |at| at + 1);
            text.insert_str(head, &self.values);
        }
        if !self.tables.is_empty() {
            text.push('\n');
            text.push_str(&self.tables);
        }
        text
    }
}

/// Whether it is written as `key = value` rather than below a header of its own.
fn is_line(item: &Item) -> bool {
    item.is_value() || item.as_table().is_some_and(Table::is_dotted)
}

#[cfg(test)]
mod tests {
    use super::Foreign;

    const OURS: &str = "version = 1\n\n[python]\nx = 1\n";

    #[test]
    fn only_what_is_not_ours_is_kept() {
        let text = "version = 2\n\n[python]\nx = 2\n\n[[python-package]]\nname = \"a\"\n\n[[package]]\nname = \"mochi-std\"\n";
        assert_eq!(
            Foreign::of(text).around(OURS),
            format!("{OURS}\n[[package]]\nname = \"mochi-std\"\n")
        );
        assert_eq!(Foreign::of("version = 1\n"), Foreign::default());
        assert_eq!(Foreign::of("not toml =").around(OURS), OURS);
    }

    #[test]
    fn values_stay_before_the_tables() {
        let text = "# whose\nother = 1\nversion = 1\n[python]\nx = 2\n";
        let around = Foreign::of(text).around(OURS);
        assert_eq!(
            around,
            "version = 1\n# whose\nother = 1\n\n[python]\nx = 1\n"
        );
        assert_eq!(Foreign::of(&around).around(OURS), around);
    }
}
