//! Where we differ from `packaging` on purpose. Comparisons that it refuses to evaluate are false
//! in `referee.py` as they are here, which is a difference too.

use serde_json::Value;
use wheel::marker::Marker;
use wheel::requirement::Requirement;
use wheel::specifier::Specifiers;
use wheel::version::coerce;

use crate::batch::Batch;

/// Texts that we refuse and `packaging` takes.
pub(crate) struct Difference {
    /// What is asked about.
    pub(crate) kind: &'static str,
    /// One of the texts.
    pub(crate) example: &'static str,
    /// Whether a text may be one of them.
    concerns: fn(&str) -> bool,
    /// Why we refuse them.
    reason: &'static str,
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        kind: "versions",
        example: "18446744073709551616",
        concerns: has_large_number,
        reason: "numbers have 64 bits; no index has a larger one",
    },
    Difference {
        kind: "specifiers",
        example: ">=1.18446744073709551616",
        concerns: has_large_number,
        reason: "as for versions",
    },
    Difference {
        kind: "requirements",
        example: "a>=1.18446744073709551616",
        concerns: has_large_number,
        reason: "as for versions",
    },
    Difference {
        kind: "requirements",
        example: "a_",
        concerns: has_name_with_last_underscore,
        reason: "core metadata allows no such name, so no package has it",
    },
    Difference {
        kind: "requirements",
        example: "a @ https://example.org/\u{7f}",
        concerns: |text| text.contains('@') && text.contains(char::is_control),
        reason: "a control character in a URL only serves to deceive",
    },
    Difference {
        kind: "markers",
        example: "os_name == '\\N{BULLET}'",
        concerns: |text| text.contains("\\N{"),
        reason: "a table of all names of characters, for no known use",
    },
    Difference {
        kind: "markers",
        example: "os_name == '\\ud800'",
        concerns: |text| text.contains("\\ud"),
        reason: "half a character cannot be held in a text",
    },
    Difference {
        kind: "markers",
        example: concat!(
            "(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((os_name=='a'",
            ")))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        ),
        concerns: |text| text.matches('(').count() > 64,
        reason: "the stack is not for others to fill",
    },
];

/// Whether there is a number of more than 64 bits.
pub(crate) fn has_large_number(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit())
        .any(|digits| !digits.is_empty() && digits.parse::<u64>().is_err())
}

/// Whether an underscore ends a word.
fn has_name_with_last_underscore(text: &str) -> bool {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)))
        .any(|word| word.ends_with('_'))
}

pub(crate) fn is_difference(kind: &str, text: &str) -> bool {
    DIFFERENCES
        .iter()
        .any(|difference| difference.kind == kind && (difference.concerns)(text))
}

/// Each difference that is claimed is there: we refuse the example, and `packaging` takes it.
pub(crate) fn check(batch: &Batch, answers: &Value) {
    for Difference {
        kind,
        example,
        concerns,
        reason,
    } in DIFFERENCES
    {
        let is_example = |text: &String| text == example;
        let (refused, index) = match *kind {
            "versions" => (
                coerce(example).is_none(),
                batch.versions.iter().position(is_example),
            ),
            "specifiers" => (
                example.parse::<Specifiers>().is_err(),
                batch
                    .specifiers
                    .iter()
                    .position(|(text, _)| is_example(text)),
            ),
            "markers" => (
                example.parse::<Marker>().is_err(),
                batch.markers.iter().position(is_example),
            ),
            _ => (
                example.parse::<Requirement>().is_err(),
                batch.requirements.iter().position(is_example),
            ),
        };
        let taken = !answers[kind][index.unwrap()]["normal"].is_null();
        assert!(
            refused && taken && concerns(example),
            "no difference: {example} ({reason})"
        );
    }
}
