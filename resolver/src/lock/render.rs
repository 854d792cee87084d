//! A lock as text: every list sorted, every key in its place, so that equal locks are equal bytes.

use super::{FORMAT, Lock, LockedPackage, LockedSkip, LockedSource, LockedWheel};
use std::fmt::Write;
use wheel::provenance::Publisher;

impl Lock {
    /// The text of the lock, ending in a newline.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line("# Written by `mochi py lock`; not to be edited by hand.".to_owned());
        line(format!("version = {FORMAT}"));
        line("\n[python]".to_owned());
        line(format!(
            "requires-python = {}",
            quoted(&self.requires_python)
        ));
        line(format!(
            "manifest-sha256 = {}",
            quoted(&self.manifest_sha256)
        ));
        for environment in &self.environments {
            line("\n[[python-environment]]".to_owned());
            line(format!("name = {}", quoted(&environment.name)));
            line(format!("target = {}", quoted(&environment.target)));
            line(format!("python = {}", quoted(&environment.python)));
            for (key, value) in &environment.floors {
                line(format!("{key} = {}", quoted(value)));
            }
        }
        for package in &self.packages {
            line(package_text(package));
        }
        for skip in &self.skips {
            line(skip_text(skip));
        }
        out
    }
}

fn package_text(package: &LockedPackage) -> String {
    let mut lines = vec![
        "\n[[python-package]]".to_owned(),
        format!("name = {}", quoted(package.name.as_str())),
        format!("version = {}", quoted(&package.version.to_string())),
        format!("source = {}", source_text(&package.source)),
        format!("environments = {}", list(&package.environments)),
    ];
    if let Some(requires) = &package.requires_python {
        lines.push(format!("requires-python = {}", quoted(requires)));
    }
    lines.push(format!("dependencies = {}", list(&package.dependencies)));
    if package.wheels.is_empty() {
        lines.push("wheels = []".to_owned());
    } else {
        lines.push("wheels = [".to_owned());
        lines.extend(
            package
                .wheels
                .iter()
                .map(|wheel| format!("    {},", wheel_text(wheel))),
        );
        lines.push("]".to_owned());
    }
    lines.join("\n")
}

fn source_text(source: &LockedSource) -> String {
    let (kind, key, value) = match source {
        LockedSource::IndexName(name) => ("index", "name", name),
        LockedSource::IndexUrl(url) => ("index", "url", url),
        LockedSource::Path(path) => ("path", "path", path),
        LockedSource::Url(url) => ("url", "url", url),
        LockedSource::Pyodide(release) => ("pyodide", "release", release),
    };
    format!("{{ kind = \"{kind}\", {key} = {} }}", quoted(value))
}

fn wheel_text(wheel: &LockedWheel) -> String {
    let mut text = format!(
        "{{ filename = {}, url = {}, sha256 = {}",
        quoted(&wheel.filename),
        quoted(&wheel.url),
        quoted(&wheel.sha256)
    );
    // Writing to a String cannot fail.
    if let Some(size) = wheel.size.filter(|size| i64::try_from(*size).is_ok()) {
        let _ = write!(text, ", size = {size}");
    }
    let _ = write!(text, ", environments = {}", list(&wheel.environments));
    if !wheel.publishers.is_empty() {
        let each: Vec<String> = wheel.publishers.iter().map(publisher_text).collect();
        let _ = write!(text, ", attestation-identities = [{}]", each.join(", "));
    }
    text.push_str(" }");
    text
}

/// An identity with its keys flat, as lock files of PEP 751 have it.
fn publisher_text(publisher: &Publisher) -> String {
    let mut parts = vec![format!("kind = {}", quoted(publisher.kind()))];
    let keys = publisher.keys();
    parts.extend(
        keys.iter()
            .map(|(key, value)| format!("{key} = {}", quoted(value))),
    );
    format!("{{ {} }}", parts.join(", "))
}

fn skip_text(skip: &LockedSkip) -> String {
    [
        "\n[[python-skip]]".to_owned(),
        format!("name = {}", quoted(skip.name.as_str())),
        format!("requirement = {}", quoted(&skip.requirement)),
        format!("environment = {}", quoted(&skip.environment)),
        format!("reason = {}", quoted(&skip.reason)),
        format!("detail = {}", quoted(&skip.detail)),
        format!("required-by = {}", list(&skip.required_by)),
    ]
    .join("\n")
}

fn list(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", quoted.join(", "))
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
