//! Where everything lies in a mirror. Paths use `/` and start from the mirror's folder.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use wheel::page::Sha256;

/// The record.
pub const RECORD: &str = "mochi-mirror.json";
/// What is in the making; nobody is meant to read it.
pub const SCRATCH: &str = ".tmp";
/// The record to be: there while pages are written.
pub const NEXT: &str = ".tmp/next.json";
/// The name of the lock that Pyodide loads.
pub const PYODIDE_LOCK: &str = "pyodide-lock.json";
/// The folders that are the mirror's alone.
pub const FOLDERS: [&str; 4] = ["files", "mochi", "pyodide", "simple"];

/// What a link leaves as it is. `+` is not among it: object stores read it as a space.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of a file.
#[must_use]
pub fn file(sha256: &str, filename: &str) -> String {
    let start = sha256.get(..2).unwrap_or_default();
    format!("files/{start}/{sha256}/{filename}")
}

/// The path of the metadata beside a wheel (PEP 658).
#[must_use]
pub fn metadata(sha256: &str, filename: &str) -> String {
    format!("{}.metadata", file(sha256, filename))
}

/// The path of a file as a link from a page two folders deep, such as `simple/<name>/`.
#[must_use]
pub fn link(sha256: &str, filename: &str) -> String {
    format!(
        "../../{}",
        file(sha256, &utf8_percent_encode(filename, PLAIN).to_string())
    )
}

/// The path of the lock that Pyodide loads.
#[must_use]
pub fn pyodide_lock(environment: &str) -> String {
    runtime(environment, PYODIDE_LOCK)
}

/// The path of a file of Pyodide's runtime, which lies beside the lock that it loads.
#[must_use]
pub fn runtime(environment: &str, name: &str) -> String {
    format!("pyodide/{environment}/{name}")
}

/// The path of what one project adds to that lock.
#[must_use]
pub fn pyodide_part(environment: &str, sha256: &str) -> String {
    format!("mochi/pyodide/{environment}/{sha256}.json")
}

/// The path of a list of curated packages, by its SHA-256.
#[must_use]
pub fn list(sha256: &str) -> String {
    format!("mochi/lists/{sha256}.json")
}

/// The path of a provenance object (PEP 740), by its SHA-256.
#[must_use]
pub fn provenance(sha256: &str) -> String {
    format!("mochi/provenance/{sha256}.json")
}

/// The path at which a list is found by its address: `place` is the key of its folder, a slash
/// and its file name.
#[must_use]
pub fn list_at(place: &str) -> String {
    format!("mochi/pages/{place}")
}

/// The path of a project's page as its index has it.
#[must_use]
pub fn index_page(key: &str, name: &str) -> String {
    format!("mochi/pages/{key}/{name}.json")
}

/// The key of an index, by its address: the URL with a slash at its end and without credentials,
/// the relative path of a folder, or the bare name.
#[must_use]
pub fn index_key(address: &str) -> String {
    let digest = Sha256::of(address.as_bytes()).to_string();
    digest.get(..16).unwrap_or_default().to_owned()
}

/// The SHA-256 and the file name that a path of [`file()`] has; `None` for any other path.
#[must_use]
pub fn parse_file(path: &str) -> Option<(&str, &str)> {
    let (start, rest) = path.strip_prefix("files/")?.split_once('/')?;
    let (sha256, filename) = rest.split_once('/')?;
    let fits = is_sha256(sha256) && sha256.starts_with(start) && start.len() == 2;
    (fits && is_name(filename)).then_some((sha256, filename))
}

/// Whether a text is a SHA-256 as paths have it.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether it is the place of a list ([`list_at`]).
#[must_use]
pub fn is_list(place: &str) -> bool {
    place.split_once('/').is_some_and(|(key, name)| {
        key.len() == 16 && is_hex(key) && is_name(name) && name.ends_with(".json")
    })
}

/// Whether a name is that of one file, on every system, with room for `.metadata` behind it.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+!".contains(&byte);
    (1..=240).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_hash() {
        let sha256 = Sha256::of(b"").to_string();
        let path = file(&sha256, "a-1!2.0+cpu-py3-none-any.whl");
        assert!(path.starts_with("files/e3/e3b0c44298fc1c14"), "{path}");
        assert_eq!(
            parse_file(&path),
            Some((&*sha256, "a-1!2.0+cpu-py3-none-any.whl"))
        );
        let link = link(&sha256, "a-1!2.0+cpu-py3-none-any.whl");
        assert!(link.starts_with("../../files/e3/e3b0"), "{link}");
        assert!(
            link.ends_with("/a-1%212.0%2Bcpu-py3-none-any.whl"),
            "{link}"
        );
    }

    #[test]
    fn other_paths_are_no_files() {
        let sha256 = Sha256::of(b"").to_string();
        for bad in [
            "simple/a/index.html".to_owned(),
            format!("files/00/{sha256}/a.whl"),
            format!("files/e3/{sha256}/../a.whl"),
            format!("files/e3/{sha256}/.a.whl"),
            format!("files/e3/{sha256}/"),
            format!("files/e3/{}/a.whl", sha256.to_uppercase()),
        ] {
            assert_eq!(parse_file(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_short_and_of_the_address() {
        assert_eq!(index_key("").as_str(), "e3b0c44298fc1c14");
        assert_ne!(index_key("a"), index_key("b"));
    }
}
