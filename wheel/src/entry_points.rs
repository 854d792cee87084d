//! `entry_points.txt`: what a distribution offers under names, in groups (the entry points
//! specification).
//!
//! The groups `console_scripts` and `gui_scripts` become programs: a name turns into a file name
//! and an object reference into code, so both are checked here, and one bad entry is an error.
//! Other groups mean something to other programs, and are kept as written.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::ExtraName;
use crate::name::quoted;
use crate::program::{Reserved, reserved};

/// Largest file that is read, in bytes.
pub const MAX_ENTRY_POINTS_BYTES: usize = 4 * 1024 * 1024;

/// The groups that become programs.
const SCRIPT_GROUPS: [&str; 2] = ["console_scripts", "gui_scripts"];

/// The entry points of a distribution.
///
/// Prints sorted by group and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryPoints {
    groups: BTreeMap<String, BTreeMap<String, String>>,
    scripts: Vec<Script>,
}

/// A program that an installer creates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Script {
    /// The program's name: a plain file name on every system.
    pub name: String,
    /// Whether it runs without a console on Windows (`gui_scripts`).
    pub gui: bool,
    /// What it calls. Always has an attribute.
    pub reference: ObjectReference,
}

/// A reference to an object: `module.path:attribute.path [extra]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectReference {
    /// The module, identifiers between dots.
    pub module: String,
    /// The attribute, identifiers between dots.
    pub attribute: Option<String>,
    /// The extras that it needs; deprecated, and of no effect in today's installers.
    pub extras: Vec<ExtraName>,
}

/// Why a text is not an `entry_points.txt`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryPointsError {
    /// It is larger than [`MAX_ENTRY_POINTS_BYTES`].
    #[error("entry_points.txt has {size} bytes; at most {MAX_ENTRY_POINTS_BYTES} are read")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// It is not UTF-8.
    #[error("entry_points.txt is not UTF-8 text (byte {offset})")]
    NotUtf8 {
        /// How many bytes are fine.
        offset: usize,
    },
    /// A line is neither a group, nor an entry, nor a comment, or has control characters.
    #[error("entry_points.txt line {line} is neither `[group]` nor `name = value`: {text}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// The line, quoted.
        text: String,
    },
    /// An entry stands twice, with different values.
    #[error("entry_points.txt line {line} defines {name} of [{group}] a second time")]
    Duplicate {
        /// The line, from 1.
        line: usize,
        /// The group.
        group: String,
        /// The entry's name, quoted.
        name: String,
    },
    /// A program's name is not a plain file name.
    #[error(
        "entry_points.txt line {line} names a program {name}; a program's name has letters, digits, `.`, `_` and `-` only and is no device name"
    )]
    ScriptName {
        /// The line, from 1.
        line: usize,
        /// The name, quoted.
        name: String,
    },
    /// A program's name would hide the interpreter itself.
    #[error(
        "entry_points.txt line {line} names a program {name}, which would replace the interpreter"
    )]
    ReservedName {
        /// The line, from 1.
        line: usize,
        /// The name, quoted.
        name: String,
    },
    /// A program's value is no reference to something that can be called.
    #[error(
        "entry_points.txt line {line}: the program {name} has the value {value}, which is not `module:attribute`"
    )]
    Reference {
        /// The line, from 1.
        line: usize,
        /// The name, quoted.
        name: String,
        /// The value, quoted.
        value: String,
    },
}

impl EntryPoints {
    /// Reads an `entry_points.txt`: INI with `=` between name and value, comment lines with `#`
    /// or `;`, case kept, no interpolation. A line indented deeper than its entry continues the
    /// entry's value; a program's value may not be continued.
    ///
    /// # Errors
    /// See [`EntryPointsError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryPointsError> {
        if bytes.len() > MAX_ENTRY_POINTS_BYTES {
            return Err(EntryPointsError::TooLarge { size: bytes.len() });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| EntryPointsError::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        let mut reader = Reader::default();
        for (index, line) in text.split('\n').enumerate() {
            reader.line(index + 1, line.strip_suffix('\r').unwrap_or(line))?;
        }
        reader.finish()
    }

    /// The programs of both script groups, by name.
    pub fn scripts(&self) -> &[Script] {
        &self.scripts
    }

    /// The entries of a group, name to value as written.
    pub fn group(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.groups.get(name)
    }

    /// All groups with their entries.
    pub fn groups(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.groups
    }
}

/// The state of a reading: where the last entry was.
#[derive(Default)]
struct Reader<'a> {
    groups: BTreeMap<&'a str, BTreeMap<&'a str, (usize, String)>>,
    group: Option<&'a str>,
    /// The last entry's name and indentation.
    entry: Option<(&'a str, usize)>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, number: usize, line: &'a str) -> Result<(), EntryPointsError> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        // What other readers take for the end of a line must not hide entries from this one.
        let ends_line =
            |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
        let fault = || EntryPointsError::Line {
            line: number,
            text: quoted(text),
        };
        if text.contains(ends_line) {
            return Err(fault());
        }
        if let (Some(group), Some((name, of_entry))) = (self.group, self.entry)
            && indent > of_entry
        {
            let value = self
                .groups
                .get_mut(group)
                .and_then(|group| group.get_mut(name));
            let (_, value) = value.ok_or_else(fault)?;
            value.push('\n');
            value.push_str(text);
            return Ok(());
        }
        if let Some(name) = text.strip_prefix('[') {
            let name = name.strip_suffix(']').ok_or_else(fault)?;
            self.groups.entry(name).or_default();
            self.group = Some(name);
            self.entry = None;
            return Ok(());
        }
        let (name, value) = text.split_once('=').ok_or_else(fault)?;
        let (name, value) = (name.trim_end(), value.trim_start());
        let group = self.group.filter(|_| !name.is_empty()).ok_or_else(fault)?;
        self.entry = Some((name, indent));
        let entries = self.groups.entry(group).or_default();
        match entries.insert(name, (number, value.to_owned())) {
            Some((_, before)) if before != value => Err(EntryPointsError::Duplicate {
                line: number,
                group: group.to_owned(),
                name: quoted(name),
            }),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<EntryPoints, EntryPointsError> {
        let mut read = EntryPoints::default();
        for (group, entries) in self.groups {
            if SCRIPT_GROUPS.contains(&group) {
                for (name, (line, value)) in &entries {
                    let gui = group == "gui_scripts";
                    read.scripts.push(Script::new(*line, name, value, gui)?);
                }
            }
            let entries = entries
                .into_iter()
                .map(|(name, (_, value))| (name.to_owned(), value))
                .collect();
            read.groups.insert(group.to_owned(), entries);
        }
        read.scripts.sort();
        Ok(read)
    }
}

impl Script {
    fn new(line: usize, name: &str, value: &str, gui: bool) -> Result<Self, EntryPointsError> {
        if !is_script_name(name) {
            return Err(EntryPointsError::ScriptName {
                line,
                name: quoted(name),
            });
        }
        if reserved(name) == Some(Reserved::Interpreter) {
            return Err(EntryPointsError::ReservedName {
                line,
                name: quoted(name),
            });
        }
        let reference: Option<ObjectReference> = value.parse().ok();
        let reference = reference
            .filter(|reference| reference.attribute.is_some())
            .ok_or_else(|| EntryPointsError::Reference {
                line,
                name: quoted(name),
                value: quoted(value),
            })?;
        Ok(Self {
            name: name.to_owned(),
            gui,
            reference,
        })
    }
}

/// `[\w.-]+`, and the same file on every system: no folder, no trailing dot, no device.
fn is_script_name(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device).is_some_and(|number| {
            matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
        })
    });
    !name.is_empty()
        && name.len() <= 200
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !name.ends_with('.')
        && !name.chars().all(|c| c == '.')
        && !DEVICES.contains(&&*stem)
        && !numbered
}

/// A text is not an object reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text} is not an object reference: write `module:attribute`")]
pub struct ReferenceError {
    text: String,
}

impl FromStr for ObjectReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let error = || ReferenceError { text: quoted(text) };
        let (object, extras) = match text.split_once('[') {
            None => (text, ""),
            Some((object, extras)) => {
                let extras = extras.trim_end().strip_suffix(']').ok_or_else(error)?;
                (object, extras)
            }
        };
        let (module, attribute) = match object.split_once(':') {
            None => (object.trim(), None),
            Some((module, attribute)) => (module.trim(), Some(attribute.trim())),
        };
        if !is_dotted(module) || attribute.is_some_and(|attribute| !is_dotted(attribute)) {
            return Err(error());
        }
        let extras = extras
            .split(',')
            .map(str::trim)
            .filter(|extra| !extra.is_empty())
            .map(|extra| extra.parse().map_err(|_| error()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            module: module.to_owned(),
            attribute: attribute.map(str::to_owned),
            extras,
        })
    }
}

/// Identifiers between dots: what may stand in generated code without quoting.
fn is_dotted(path: &str) -> bool {
    path.split('.').all(|identifier| {
        !identifier.is_empty()
            && !identifier.starts_with(char::is_numeric)
            && identifier.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

impl fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.module)?;
        if let Some(attribute) = &self.attribute {
            write!(f, ":{attribute}")?;
        }
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(ExtraName::as_str).collect();
            write!(f, " [{}]", extras.join(","))?;
        }
        Ok(())
    }
}

impl FromStr for EntryPoints {
    type Err = EntryPointsError;

    fn from_str(text: &str) -> Result<Self, EntryPointsError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for EntryPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (group, entries)) in self.groups.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            writeln!(f, "[{group}]")?;
            for (name, value) in entries {
                writeln!(f, "{name} = {}", value.replace('\n', "\n    "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
