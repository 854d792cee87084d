//! The questions.

use serde_json::{Value, json};
use wheel::marker::Marker;
use wheel::requirement::Requirement;
use wheel::specifier::Specifiers;
use wheel::version::Version;

use crate::context::Context;
use crate::dice::Dice;
use crate::differences::{DIFFERENCES, Difference, has_large_number};
use crate::generate;

/// The questions, made or collected, before they are asked.
pub(crate) struct Batch {
    pub(crate) names: Vec<String>,
    pub(crate) versions: Vec<String>,
    pub(crate) specifiers: Vec<(String, Vec<String>)>,
    pub(crate) markers: Vec<String>,
    pub(crate) requirements: Vec<String>,
}

impl Batch {
    pub(crate) fn generate() -> Self {
        let mut dice = Dice(20_261_123);
        // Large numbers, the one difference that shows in answers too, are left to its examples.
        let mut many = |count: usize, make: fn(&mut Dice) -> String| -> Vec<String> {
            let mut texts: Vec<String> = (0..count).map(|_| make(&mut dice)).collect();
            texts.retain(|text| !has_large_number(text));
            texts
        };
        let mut batch = Self {
            names: many(1_000, generate::name),
            versions: many(6_000, generate::version),
            specifiers: Vec::new(),
            markers: many(6_000, generate::marker),
            requirements: many(5_000, generate::requirement),
        };
        let mut texts = many(5_000, generate::specifiers);
        for Difference { kind, example, .. } in DIFFERENCES {
            match *kind {
                "versions" => batch.versions.push((*example).to_owned()),
                "specifiers" => texts.push((*example).to_owned()),
                "markers" => batch.markers.push((*example).to_owned()),
                _ => batch.requirements.push((*example).to_owned()),
            }
        }
        let hostile = [
            "(".repeat(20_000),
            format!("os_name == '{}", "a".repeat(1_000_000)),
            "\0".repeat(100),
            "٣٣٣".to_owned(),
            format!("a{}", ";".repeat(50_000)),
            format!("a{}", "[".repeat(50_000)),
        ];
        batch.versions.extend(hostile.clone());
        texts.extend(hostile.clone());
        batch.markers.extend(hostile.clone());
        batch.requirements.extend(hostile);
        batch.add_renderings(&mut texts);
        batch.specifiers = texts
            .into_iter()
            .map(|text| {
                let mut near = generate::near(&mut dice, &text);
                near.retain(|candidate| {
                    candidate.len() < 200 && candidate.parse::<Version>().is_ok()
                });
                (text, near)
            })
            .collect();
        batch
    }

    /// Adds what we print, and what we make of texts that need mending: it is asked about like the
    /// rest, so it must be taken and mean what we say it means.
    fn add_renderings(&mut self, specifiers: &mut Vec<String>) {
        fn printed<T: std::fmt::Display, E>(
            texts: &[String],
            read: fn(&str) -> Result<T, E>,
        ) -> Vec<String> {
            texts
                .iter()
                .filter_map(|text| read(text).ok())
                .map(|value| value.to_string())
                .collect()
        }
        let renderings = printed(specifiers, Specifiers::lenient);
        specifiers.extend(renderings);
        self.markers
            .extend(printed(&self.markers, str::parse::<Marker>));
        self.requirements
            .extend(printed(&self.requirements, Requirement::lenient));
    }

    pub(crate) fn json(&self, contexts: &[Context]) -> Value {
        let specifiers: Vec<Value> = self
            .specifiers
            .iter()
            .map(|(text, candidates)| json!({"text": text, "candidates": candidates}))
            .collect();
        json!({
            "contexts": contexts.iter().map(Context::json).collect::<Vec<_>>(),
            "names": self.names,
            "versions": self.versions,
            "specifiers": specifiers,
            "markers": self.markers,
            "requirements": self.requirements,
        })
    }
}
