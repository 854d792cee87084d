//! What became of each file.

use super::Release;
use crate::ctx::Ctx;
use crate::error::Failure;
use crate::io::upload::Outgoing;
use crate::ui::count;
use serde_json::{Value, json};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing yet.
    Left,
    /// It is uploaded.
    Uploaded,
    /// It was there, to the byte.
    There,
    /// Another one was there.
    Other,
    /// One of this name was there.
    Unknown,
}

impl Fate {
    /// Its stable name.
    fn name(self) -> &'static str {
        match self {
            Self::Left => "not-uploaded",
            Self::Uploaded => "uploaded",
            Self::There => "already-there",
            Self::Other => "other-contents",
            Self::Unknown => "exists",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Left => "not uploaded",
            Self::Uploaded => "uploaded",
            Self::There => "already there",
            Self::Other => "passed over: other contents there",
            Self::Unknown => "passed over: already there",
        }
    }
}

struct Row {
    filename: String,
    size: usize,
    sha256: String,
    fate: Fate,
    attested: bool,
}

/// The files of a release, with what became of them.
pub(super) struct Report {
    /// Where the credentials were from, if any were looked for.
    pub(super) source: Option<String>,
    index: Value,
    what: String,
    rows: Vec<Row>,
}

impl Report {
    pub(super) fn new(release: &Release<'_>) -> Self {
        let rows = release.files.iter().map(|file| Row {
            filename: file.filename.clone(),
            size: file.bytes.len(),
            sha256: file.sha256.to_string(),
            fate: Fate::Left,
            attested: false,
        });
        let address = release.address;
        Self {
            source: None,
            index: json!({ "name": address.name, "upload": address.shown() }),
            what: format!(
                "{} {} to {}",
                release.project, release.version, address.name
            ),
            rows: rows.collect(),
        }
    }

    fn row(&mut self, file: &Outgoing) -> Option<&mut Row> {
        let mut rows = self.rows.iter_mut();
        rows.find(|row| row.filename == file.filename)
    }

    pub(super) fn set(&mut self, file: &Outgoing, fate: Fate) {
        if let Some(row) = self.row(file) {
            row.fate = fate;
        }
    }

    pub(super) fn attested(&mut self, file: &Outgoing) {
        if let Some(row) = self.row(file) {
            row.attested = true;
        }
    }

    fn files(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "filename": row.filename,
                "size": row.size,
                "sha256": row.sha256,
                "outcome": row.fate.name(),
                "attested": row.attested && row.fate == Fate::Uploaded,
            })
        });
        rows.collect()
    }

    /// Prints it: a line a file, or one document.
    pub(super) fn show(&self, ctx: &Ctx) {
        if ctx.ui.json {
            ctx.ui.out_json(&json!({
                "index": self.index,
                "credentials": self.source,
                "files": self.files(),
            }));
            return;
        }
        for row in &self.rows {
            ctx.ui
                .out(&format!("{}: {}", row.filename, row.fate.words()));
        }
        let uploaded = self.rows.iter().filter(|row| row.fate == Fate::Uploaded);
        match uploaded.count() {
            0 => ctx.ui.status("Unchanged", &self.what),
            number => ctx.ui.status(
                "Published",
                &format!("{} ({})", self.what, count(number, "file")),
            ),
        }
    }

    /// A failure, with what was done before it.
    pub(super) fn after(&self, mut failure: Failure) -> Failure {
        let done = self.rows.iter().filter(|row| row.fate == Fate::Uploaded);
        let done: Vec<&str> = done.map(|row| row.filename.as_str()).collect();
        if !done.is_empty() {
            failure
                .details
                .push(format!("uploaded before: {}", done.join(", ")));
            failure.hints.push(
                "what is uploaded is not sent again by the next `mochi py publish`".to_owned(),
            );
        }
        if failure.data.is_null() {
            failure.data = json!({});
        }
        if let Some(data) = failure.data.as_object_mut() {
            data.insert("index".to_owned(), self.index.clone());
            data.insert("credentials".to_owned(), json!(self.source));
            data.insert("files".to_owned(), self.files());
        }
        failure
    }
}
