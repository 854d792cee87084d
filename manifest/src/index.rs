//! Package indexes, as `[python] indexes` names them.

use toml_doc::{Invalid, Node};

/// When an index is asked for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// First, and instead of the default index.
    Primary,
    /// For packages that no primary index has.
    Supplemental,
    /// Only for requirements that name it.
    Explicit,
}

/// A package index of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The name that requirements and the lock use.
    pub name: String,
    /// Its address as written: a URL, a bare name, or a folder.
    pub url: String,
    /// When it is asked.
    pub priority: Priority,
}

const PRIORITIES: [(&str, Priority); 3] = [
    ("primary", Priority::Primary),
    ("supplemental", Priority::Supplemental),
    ("explicit", Priority::Explicit),
];

pub(crate) fn parse(node: &Node) -> Result<Vec<Index>, Invalid> {
    let mut indexes: Vec<Index> = Vec::new();
    for element in node.elements()? {
        let table = element.table()?;
        table.only(&["name", "url", "priority"])?;
        let name = table.require("name")?;
        let index = Index {
            name: name.str()?.to_owned(),
            url: match table.get("url") {
                Some(url) => checked_url(&url)?,
                None => name.str()?.to_owned(),
            },
            priority: match table.get("priority") {
                Some(priority) => priority.one_of(&PRIORITIES)?,
                None => Priority::Primary,
            },
        };
        if index.name.is_empty() {
            return Err(name.error("an index needs a name"));
        }
        if indexes.iter().any(|other| other.name == index.name) {
            return Err(name.error(format!("two indexes are named \"{}\"", index.name)));
        }
        indexes.push(index);
    }
    Ok(indexes)
}

fn checked_url(node: &Node) -> Result<String, Invalid> {
    let text = node.str()?;
    if text.is_empty() {
        return Err(node.error("an index needs an address: a URL, a bare name or a folder"));
    }
    if text.contains("://")
        && let Err(error) = url::Url::parse(text)
    {
        return Err(node.error(format!("not a URL: {error}")));
    }
    Ok(text.to_owned())
}

/// An index address without the credentials it may carry, for locks, fingerprints and messages.
pub fn without_credentials(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Both setters fail only for addresses that cannot carry credentials at all.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => address.to_owned(),
    }
}

impl Index {
    /// The address without credentials.
    pub fn public_url(&self) -> String {
        without_credentials(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_survive() {
        assert_eq!(
            without_credentials("https://user:secret@example.org/simple/"),
            "https://example.org/simple/"
        );
        assert_eq!(without_credentials("corp"), "corp");
    }
}
