//! The reader of markers (PEP 508's grammar, as `packaging` 26.3 reads it).

use super::comparison::{Comparison, Operand, Operator};
use super::environment::Variable;
use super::literal::unescape;
use super::{MAX_MARKER_DEPTH, MAX_MARKER_LENGTH, Marker, MarkerError};
use crate::name::quoted;
use crate::specifier::Operator as VersionOperator;

/// Reads the marker that `source` ends with, from byte `start` on.
pub(super) fn parse(source: &str, start: usize) -> Result<Marker, MarkerError> {
    let length = source.len() - start;
    if length > MAX_MARKER_LENGTH {
        return Err(MarkerError::TooLong { length });
    }
    let mut parser = Parser {
        source,
        start,
        at: start,
    };
    let marker = parser.any(0)?;
    if parser.at < source.len() {
        return Err(parser.error("`and`, `or` or the end"));
    }
    Ok(marker)
}

struct Parser<'a> {
    source: &'a str,
    start: usize,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The word that starts here, dots included.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character: char| {
            !(character.is_alphanumeric() || matches!(character, '_' | '.'))
        });
        &rest[..end.unwrap_or(rest.len())]
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    fn error(&self, expected: &'static str) -> MarkerError {
        let found = match self.rest() {
            "" => "the end".to_owned(),
            rest => quoted(rest.get(..20).unwrap_or(rest)),
        };
        MarkerError::Syntax {
            marker: quoted(&self.source[self.start..]),
            position: self.source[self.start..self.at].chars().count() + 1,
            expected,
            found,
        }
    }

    /// Comparisons with `and` and `or` between them; `and` binds tighter.
    fn any(&mut self, depth: usize) -> Result<Marker, MarkerError> {
        let mut alternatives = Vec::new();
        let mut all = vec![self.atom(depth)?];
        loop {
            if self.eat_word("and") {
                all.push(self.atom(depth)?);
            } else if self.eat_word("or") {
                alternatives.push(Marker::all(std::mem::take(&mut all)));
                all.push(self.atom(depth)?);
            } else {
                alternatives.push(Marker::all(all));
                return Ok(Marker::any(alternatives));
            }
        }
    }

    /// A comparison, or a marker in parentheses, with the space around it.
    fn atom(&mut self, depth: usize) -> Result<Marker, MarkerError> {
        self.skip_space();
        let marker = if self.eat("(") {
            if depth == MAX_MARKER_DEPTH {
                return Err(MarkerError::TooDeep {
                    marker: quoted(&self.source[self.start..]),
                });
            }
            let marker = self.any(depth + 1)?;
            if !self.eat(")") {
                return Err(self.error("`and`, `or` or `)`"));
            }
            marker
        } else {
            self.comparison()?
        };
        self.skip_space();
        Ok(marker)
    }

    fn comparison(&mut self) -> Result<Marker, MarkerError> {
        let left = self.operand()?;
        self.skip_space();
        let operator = self.operator()?;
        self.skip_space();
        let right = self.operand()?;
        Ok(Marker::comparison(Comparison::new(left, operator, right)))
    }

    fn operand(&mut self) -> Result<Operand, MarkerError> {
        const EXPECTED: &str = "a variable such as `python_version`, or a text in quotes";
        let quote = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => {
                let word = self.word();
                let variable = Variable::spelled(word).ok_or_else(|| self.error(EXPECTED))?;
                self.at += word.len();
                return Ok(Operand::Variable(variable));
            }
        };
        let (inside, _) = self.rest()[1..]
            .split_once(quote)
            .ok_or_else(|| self.error("a text whose quotes are closed"))?;
        let value = unescape(inside)
            .ok_or_else(|| self.error("a text of one line that is a Python string"))?;
        self.at += inside.len() + 2;
        Ok(Operand::Literal(value.into()))
    }

    fn operator(&mut self) -> Result<Operator, MarkerError> {
        const EXPECTED: &str =
            "one of `==`, `!=`, `<`, `<=`, `>`, `>=`, `~=`, `===`, `in`, `not in`";
        if let Some((operator, _)) = VersionOperator::strip(self.rest()) {
            self.at += operator.as_str().len();
            return Ok(Operator::Version(operator));
        }
        let start = self.at;
        if self.eat_word("in") {
            return Ok(Operator::In);
        }
        if self.eat_word("not") {
            let end = self.at;
            self.skip_space();
            if self.at > end && self.eat_word("in") {
                return Ok(Operator::NotIn);
            }
        }
        self.at = start;
        Err(self.error(EXPECTED))
    }
}
