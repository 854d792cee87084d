//! Licence expressions (SPDX, PEP 639) in the form in which Python's tools write them.

use spdx::identifiers::{EXCEPTIONS, LICENSES};
use spdx::{Expression, ParseMode};

/// What Python's indexes take: the identifiers of the list, old ones too.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: false,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// The expression with identifiers as the list spells them and operators in capitals.
pub(crate) fn canonical(text: &str) -> Result<String, String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<String> = spaced.split_whitespace().map(word).collect();
    let joined = words.join(" ").replace("( ", "(").replace(" )", ")");
    match Expression::parse_mode(&joined, MODE) {
        Ok(_) => Ok(joined),
        Err(error) => {
            let at = joined.get(error.span.clone()).unwrap_or_default();
            let near = toml_doc::nearest(at, LICENSES.iter().map(|license| license.name));
            let near = near.map_or_else(String::new, |near| {
                format!("; the nearest licence is `{near}`")
            });
            let shown = if at.is_empty() {
                String::new()
            } else {
                format!(" (`{at}`)")
            };
            Err(format!(
                "no SPDX licence expression: {}{shown}{near}",
                error.reason
            ))
        }
    }
}

fn word(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    if matches!(&*upper, "AND" | "OR" | "WITH") {
        return upper;
    }
    let known = |word: &str| {
        let licenses = LICENSES.iter().map(|license| license.name);
        let names = licenses.chain(EXCEPTIONS.iter().map(|exception| exception.name));
        names
            .into_iter()
            .find(|name| name.eq_ignore_ascii_case(word))
    };
    // `GPL-2.0+` is an identifier of its own.
    if let Some(name) = known(word) {
        return name.to_owned();
    }
    if let Some(name) = word.strip_suffix('+').and_then(known) {
        return format!("{name}+");
    }
    const REFERENCE: &str = "LicenseRef-";
    match word.get(..REFERENCE.len()) {
        Some(start) if start.eq_ignore_ascii_case(REFERENCE) => {
            format!("{REFERENCE}{}", &word[REFERENCE.len()..])
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn expressions() {
        for (text, expected) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
            (
                "( MIT and ( 0bsd ) ) or licenseref-Mine.1",
                "(MIT AND (0BSD)) OR LicenseRef-Mine.1",
            ),
            (
                "gpl-2.0-or-later with classpath-exception-2.0",
                "GPL-2.0-or-later WITH Classpath-exception-2.0",
            ),
            ("Apache-1.0+", "Apache-1.0+"),
            ("gpl-3.0+", "GPL-3.0+"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
        for (text, told) in [
            ("Apache 2.0", "Apache-2.0"),
            ("MIT OR", "no SPDX"),
            ("", "no SPDX"),
            ("(MIT", "no SPDX"),
            ("BSD", "no SPDX"),
            ("MITT", "nearest licence is `MIT`"),
        ] {
            let error = canonical(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
