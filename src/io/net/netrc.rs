//! `.netrc`: who one is on which machine, as the tools before us write it down.
//!
//! Understood: `machine`, `default`, `login`, `password`, `account`, `macdef`, comments from a `#`
//! where a keyword could stand, and values in double quotes with `\` escapes. Anything else is
//! passed over: a file meant for another tool is no reason to fail.

use std::io;
use std::path::Path;

use super::auth::Credentials;

/// The most that is read of a file.
const MAX_BYTES: u64 = 1 << 20;

/// The entries, in the order of the file.
#[derive(Default)]
pub(crate) struct Netrc {
    entries: Vec<Entry>,
}

/// `machine` or, without one, `default`.
#[derive(Default)]
struct Entry {
    machine: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

impl Netrc {
    /// Reads a file. One that is not there is an empty one.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is absurdly large.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Ok(found) if found.len() > MAX_BYTES => {
                Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large"))
            }
            Ok(_) => Ok(Self::parse(&String::from_utf8_lossy(&std::fs::read(path)?))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Reads the text of a file.
    pub(crate) fn parse(text: &str) -> Self {
        let mut words = Words { rest: text };
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" => entries.push(Entry {
                    machine: words.next(),
                    ..Entry::default()
                }),
                "default" => entries.push(Entry::default()),
                "macdef" => words.skip_macro(),
                comment if comment.starts_with('#') => words.skip_line(),
                key => {
                    let Some(entry) = entries.last_mut() else {
                        continue;
                    };
                    match key {
                        "login" | "user" => entry.login = words.next(),
                        "password" => entry.password = words.next(),
                        "account" => drop(words.next()),
                        _ => {}
                    }
                }
            }
        }
        Self { entries }
    }

    /// The credentials of the first entry that names the host, and the login if one is given.
    pub(crate) fn machine(&self, host: &str, login: Option<&str>) -> Option<Credentials> {
        self.find(login, |entry| {
            entry
                .machine
                .as_ref()
                .is_some_and(|machine| machine.eq_ignore_ascii_case(host))
        })
    }

    /// The credentials of the `default` entry, if they are for the login that is given.
    pub(crate) fn default_entry(&self, login: Option<&str>) -> Option<Credentials> {
        self.find(login, |entry| entry.machine.is_none())
    }

    fn find(&self, login: Option<&str>, fits: impl Fn(&Entry) -> bool) -> Option<Credentials> {
        let same = |entry: &&Entry| login.is_none() || entry.login.as_deref() == login;
        let entry = self.entries.iter().filter(|entry| fits(entry)).find(same)?;
        let password = entry.password.clone()?;
        Some(Credentials {
            username: entry.login.clone().unwrap_or_default(),
            password,
        })
    }
}

/// The words of the text, one after the other.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            self.rest = quoted;
            return Some(self.quoted());
        }
        let end = self
            .rest
            .find(char::is_whitespace)
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// The rest of a quoted word.
    fn quoted(&mut self) -> String {
        let mut word = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return word;
                }
                '\\' => word.extend(chars.next().map(|(_, escaped)| escaped)),
                _ => word.push(char),
            }
        }
        self.rest = "";
        word
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        while !self.rest.is_empty() {
            let line = self.rest.split('\n').next().unwrap_or_default();
            if line.trim_end_matches('\r').is_empty() {
                return;
            }
            self.skip_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(netrc: &str, host: &str, login: Option<&str>) -> Option<(String, String)> {
        let found = Netrc::parse(netrc).machine(host, login)?;
        Some((found.username, found.password))
    }

    fn pair(username: &str, password: &str) -> Option<(String, String)> {
        Some((username.to_owned(), password.to_owned()))
    }

    #[test]
    fn finds_the_machine_on_one_line_or_several() {
        let text = "machine a.example.org login u password p\nmachine b.example.org\n\tlogin v\n\tpassword q\n";
        assert_eq!(of(text, "a.example.org", None), pair("u", "p"));
        assert_eq!(of(text, "B.EXAMPLE.ORG", None), pair("v", "q"));
        assert_eq!(of(text, "example.org", None), None);
    }

    #[test]
    fn a_login_chooses_among_entries() {
        let text = "machine a login u password p machine a login v password q";
        assert_eq!(of(text, "a", Some("v")), pair("v", "q"));
        assert_eq!(of(text, "a", None), pair("u", "p"));
        assert_eq!(of(text, "a", Some("w")), None);
    }

    #[test]
    fn quotes_comments_and_macros() {
        let text = "# machine a login no password no\nmachine a # mine\n login \"u v\" account x\n \
                    password \"p\\\"\\\\#\"\nmacdef init\nmachine b login no password no\n\n\
                    machine b login w password #7\n";
        assert_eq!(of(text, "a", None), pair("u v", "p\"\\#"));
        assert_eq!(of(text, "b", None), pair("w", "#7"));
    }

    #[test]
    fn the_default_entry_is_apart() {
        let netrc = Netrc::parse("machine a login u password p\ndefault login d password e");
        assert!(netrc.machine("b", None).is_none());
        assert_eq!(netrc.default_entry(None).unwrap().password, "e");
        assert!(netrc.default_entry(Some("u")).is_none());
    }

    #[test]
    fn nonsense_is_passed_over() {
        for text in [
            "",
            "machine",
            "login x",
            "machine a login",
            "\"",
            "macdef",
            "machine a password \"\\",
        ] {
            assert_eq!(of(text, "b", None), None, "{text}");
        }
        assert_eq!(of("machine a login u", "a", None), None);
    }

    #[test]
    fn a_missing_file_is_empty() {
        assert!(
            Netrc::read(Path::new("no/such/netrc"))
                .unwrap()
                .entries
                .is_empty()
        );
    }
}
