//! The reader of requirements (PEP 508's grammar, as `packaging` 26.3 reads it).

use super::{MAX_REQUIREMENT_LENGTH, Requirement, RequirementError, RequirementSource};
use crate::marker::Marker;
use crate::name::{ExtraName, PackageName, quoted};
use crate::specifier::{Operator, Specifiers};
use crate::version::is_space;

/// Reads a requirement by the grammar.
pub(super) fn strict(text: &str) -> Result<Requirement, RequirementError> {
    let mut parser = Parser::new(text)?;
    let (name, extras) = parser.head()?;
    if parser.eat('@') {
        parser.skip_space();
        let url = parser.url()?;
        parser.skip_space();
        let marker = parser.marker("`;` or the end")?;
        return Ok(Requirement {
            name,
            extras,
            source: RequirementSource::Url(url),
            marker,
        });
    }
    let start = parser.at;
    let parenthesis = parser.eat('(');
    parser.skip_space();
    let versions = parser.versions();
    let specifiers: Specifiers = versions
        .parse()
        .map_err(|source| RequirementError::specifier(text, source))?;
    parser.skip_space();
    if parenthesis && !parser.eat(')') {
        return Err(parser.error("`,` and a version specifier, or `)`"));
    }
    parser.skip_space();
    let marker = parser.marker(if parser.at == start {
        "`[`, `@`, a version specifier, `;` or the end"
    } else if parenthesis || versions.ends_with(',') {
        "`;` or the end"
    } else {
        "`,` and a version specifier, `;` or the end"
    })?;
    Ok(Requirement {
        name,
        extras,
        source: RequirementSource::Specifiers(specifiers),
        marker,
    })
}

/// Reads a requirement whose versions are to be mended; none if that is not all it takes.
pub(super) fn lenient(text: &str) -> Option<Requirement> {
    let text = text.trim_matches(is_space);
    let mut parser = Parser::new(text).ok()?;
    let (name, extras) = parser.head().ok()?;
    let start = parser.at;
    let (source, end) = if parser.eat('@') {
        parser.skip_space();
        // `name @ url; marker`: the semicolon is not meant to be part of the URL.
        let mut url = parser.url().ok()?;
        if url.ends_with(';') {
            url.pop();
            parser.at -= 1;
        }
        parser.skip_space();
        (RequirementSource::Url(url), parser.at)
    } else {
        let rest = parser.rest();
        let end = rest.find(';').unwrap_or(rest.len());
        let versions = rest[..end].trim_matches(is_space);
        let versions = versions
            .strip_prefix('(')
            .and_then(|inside| inside.strip_suffix(')'))
            .unwrap_or(versions);
        let specifiers = Specifiers::lenient(versions).ok()?;
        (RequirementSource::Specifiers(specifiers), start + end)
    };
    let marker = match text[end..].strip_prefix(';') {
        Some(marker) if marker.trim_matches(is_space).is_empty() => None,
        Some(_) => Some(Marker::read(text, end + 1).ok()?),
        None if end == text.len() => None,
        None => return None,
    };
    Some(Requirement {
        name,
        extras,
        source,
        marker,
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, RequirementError> {
        if text.len() > MAX_REQUIREMENT_LENGTH {
            return Err(RequirementError::TooLong { length: text.len() });
        }
        Ok(Self { text, at: 0 })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn eat(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    fn error(&self, expected: &'static str) -> RequirementError {
        let found = match self.rest() {
            "" => "the end".to_owned(),
            rest => quoted(rest.get(..20).unwrap_or(rest)),
        };
        RequirementError::Syntax {
            requirement: quoted(self.text),
            position: self.text[..self.at].chars().count() + 1,
            expected,
            found,
        }
    }

    /// The characters of a name that start here.
    fn identifier(&mut self, expected: &'static str) -> Result<&'a str, RequirementError> {
        let rest = self.rest();
        let end = rest
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
            })
            .unwrap_or(rest.len());
        let identifier = &rest[..end];
        if !identifier.starts_with(|first: char| first.is_ascii_alphanumeric())
            || rest[end..].starts_with(char::is_alphanumeric)
        {
            return Err(self.error(expected));
        }
        self.at += end;
        Ok(identifier)
    }

    /// The name and the extras, with the space around them.
    fn head(&mut self) -> Result<(PackageName, Vec<ExtraName>), RequirementError> {
        self.skip_space();
        let name = self
            .identifier("the name of a package")?
            .parse()
            .map_err(|source| RequirementError::name(self.text, source))?;
        self.skip_space();
        let mut extras = Vec::new();
        if self.eat('[') {
            self.skip_space();
            while !self.eat(']') {
                if !extras.is_empty() {
                    if !self.eat(',') {
                        return Err(self.error("`,` or `]`"));
                    }
                    self.skip_space();
                }
                let extra = self
                    .identifier("the name of an extra")?
                    .parse()
                    .map_err(|source| RequirementError::name(self.text, source))?;
                extras.push(extra);
                self.skip_space();
            }
        }
        self.skip_space();
        extras.sort();
        extras.dedup();
        Ok((name, extras))
    }

    fn url(&mut self) -> Result<String, RequirementError> {
        let rest = self.rest();
        let url = &rest[..rest.find([' ', '\t']).unwrap_or(rest.len())];
        if url.is_empty() || url.contains(char::is_control) {
            return Err(self.error("a URL"));
        }
        self.at += url.len();
        Ok(url.to_owned())
    }

    /// The text of the clauses that start here, with the commas after them.
    fn versions(&mut self) -> &'a str {
        let start = self.at;
        while let Some((operator, rest)) = Operator::strip(self.rest()) {
            let version = rest.trim_start_matches(is_space);
            // The text after `===` may be anything, a comma included.
            let end = version.find(|character: char| {
                is_space(character)
                    || matches!(character, ';' | ')')
                    || (character == ',' && operator != Operator::Arbitrary)
            });
            self.at = self.text.len() - version.len() + end.unwrap_or(version.len());
            let clause_end = self.at;
            self.skip_space();
            if !self.eat(',') {
                self.at = clause_end;
                break;
            }
            self.skip_space();
        }
        &self.text[start..self.at]
    }

    /// The marker after a semicolon, if there is one, up to the end.
    fn marker(&mut self, expected: &'static str) -> Result<Option<Marker>, RequirementError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        if !self.eat(';') {
            return Err(self.error(expected));
        }
        Marker::read(self.text, self.at)
            .map(Some)
            .map_err(|source| RequirementError::marker(self.text, source))
    }
}
