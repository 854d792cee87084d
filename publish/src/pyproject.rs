//! The `pyproject.toml` of an sdist: static metadata, and `hatchling` as the backend, so that
//! anybody can build the wheel again without mochi.

use crate::Author;
use toml_edit::Value;
use wheel::Metadata;
use wheel::metadata::MetadataVersion;

/// What a `pyproject.toml` says.
pub(crate) struct Pyproject<'a> {
    pub(crate) metadata: &'a Metadata,
    pub(crate) authors: &'a [Author],
    /// The path of the readme.
    pub(crate) readme: Option<&'a str>,
    /// `entry_points.txt`.
    pub(crate) entry_points: &'a str,
    /// The folder of the Python tree.
    pub(crate) folder: &'a str,
}

impl Pyproject<'_> {
    pub(crate) fn render(&self) -> String {
        let metadata = self.metadata;
        let newest = metadata.metadata_version == MetadataVersion::NEWEST;
        // The first with PEP 639, and the first whose metadata of 2.5 was compared with ours.
        let hatchling = if newest { "1.33" } else { "1.27" };
        let mut text = format!(
            "# Written by mochi, whose own wheels hold the same files.\n\n[build-system]\n\
             requires = [\"hatchling>={hatchling}\"]\nbuild-backend = \"hatchling.build\"\n\n[project]\n"
        );
        let mut line = |key: &str, value: String| text += &format!("{key} = {value}\n");
        line("name", string(&metadata.name));
        line("version", string(&metadata.version.to_string()));
        if let Some(summary) = &metadata.summary {
            line("description", string(summary));
        }
        if let (Some(text), Some(kind)) =
            (&metadata.description, &metadata.description_content_type)
        {
            let (key, value) = self.readme.map_or(("text", &**text), |path| ("file", path));
            let value = format!(
                "{{ {key} = {}, content-type = {} }}",
                string(value),
                string(kind)
            );
            line("readme", value);
        }
        if let Some(requires) = &metadata.requires_python {
            line("requires-python", string(&requires.to_string()));
        }
        if let Some(expression) = &metadata.license_expression {
            line("license", string(expression));
        }
        line(
            "license-files",
            list(metadata.license_file.iter().map(|path| literal(path))),
        );
        if !self.authors.is_empty() {
            let tables: Vec<String> = self.authors.iter().map(table).collect();
            line("authors", format!("[{}]", tables.join(", ")));
        }
        for (key, values) in [
            ("keywords", &metadata.keywords),
            ("classifiers", &metadata.classifier),
        ] {
            if !values.is_empty() {
                line(key, list(values.iter().cloned()));
            }
        }
        if !metadata.requires_dist.is_empty() {
            line(
                "dependencies",
                list(metadata.requires_dist.iter().map(ToString::to_string)),
            );
        }
        if let Some(names) = &metadata.import_name {
            line("import-names", list(names.iter().cloned()));
        }
        self.tables(&mut text);
        text
    }

    fn tables(&self, text: &mut String) {
        let mut table = |name: &str, rows: Vec<(String, String)>| {
            if !rows.is_empty() {
                *text += &format!("\n[{name}]\n");
            }
            for (key, value) in rows {
                *text += &format!("{key} = {value}\n");
            }
        };
        let metadata = self.metadata;
        let urls = metadata.project_url.iter();
        table(
            "project.urls",
            urls.map(|(label, url)| (string(label), string(url)))
                .collect(),
        );
        let scripts = self
            .entry_points
            .lines()
            .filter_map(|line| line.split_once(" = "));
        table(
            "project.scripts",
            scripts
                .map(|(name, value)| (string(name), string(value)))
                .collect(),
        );
        let direct = |required: &wheel::Requirement| required.specifiers().is_none();
        if metadata.requires_dist.iter().any(direct) {
            let allowed = ("allow-direct-references".to_owned(), "true".to_owned());
            table("tool.hatch.metadata", vec![allowed]);
        }
        let row = |key: &str, value: String| (key.to_owned(), value);
        // What a repository around the unpacked sdist ignores is part of it all the same.
        table(
            "tool.hatch.build",
            vec![row("ignore-vcs", "true".to_owned())],
        );
        let folder = list([self.folder.to_owned()]);
        table(
            "tool.hatch.build.targets.wheel",
            vec![
                row("only-include", folder.clone()),
                row("sources", folder),
                row(
                    "core-metadata-version",
                    string(&metadata.metadata_version.to_string()),
                ),
            ],
        );
    }
}

fn table(author: &Author) -> String {
    let parts = [("name", &author.name), ("email", &author.email)];
    let parts = parts.into_iter().filter_map(|(key, value)| {
        let value = value.as_ref()?;
        Some(format!("{key} = {}", string(value)))
    });
    format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
}

fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| string(&value)).collect();
    match &values[..] {
        [] => "[]".to_owned(),
        [one] => format!("[{one}]"),
        several => format!("[\n    {},\n]", several.join(",\n    ")),
    }
}

/// A path as a glob that matches nothing else.
fn literal(path: &str) -> String {
    let escaped = path.chars().map(|c| match c {
        '*' | '?' | '[' => format!("[{c}]"),
        c => c.to_string(),
    });
    escaped.collect()
}
