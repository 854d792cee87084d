//! What other parts of Mochi keep in `mochi.lock`.

use toml_edit::DocumentMut;

const OURS: [&str; 5] = [
    "version",
    "python",
    "python-environment",
    "python-package",
    "python-skip",
];

/// The tables of an existing lock that are not ours, as text to be put behind ours. Text that is
/// not TOML has none.
pub fn foreign_tables(existing: &str) -> String {
    let Ok(mut document) = existing.parse::<DocumentMut>() else {
        return String::new();
    };
    for key in OURS {
        document.remove(key);
    }
    if document.is_empty() {
        return String::new();
    }
    document.set_trailing("");
    format!("\n{}", document.to_string().trim_start())
}

#[cfg(test)]
mod tests {
    use super::foreign_tables;

    #[test]
    fn only_what_is_not_ours_is_kept() {
        let text = "version = 1\n\n[python]\nx = 1\n\n[[python-package]]\nname = \"a\"\n\n[[package]]\nname = \"mochi-std\"\n";
        assert_eq!(
            foreign_tables(text),
            "\n[[package]]\nname = \"mochi-std\"\n"
        );
        assert_eq!(foreign_tables("version = 1\n"), "");
        assert_eq!(foreign_tables("not toml ="), "");
    }
}
