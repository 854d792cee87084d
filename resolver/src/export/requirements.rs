//! `requirements.txt` with hashes, as pip and uv read it.

use super::{Export, ExportError};
use crate::lock::LockedSource;

/// The lock as `requirements.txt`.
///
/// # Errors
/// The environments cannot be told apart by markers, or a package has no wheel.
pub fn requirements(export: &Export<'_>) -> Result<String, ExportError> {
    let mut lines =
        vec!["# Written by `mochi py export`; install with --require-hashes.".to_owned()];
    for entry in export.entries()? {
        let package = entry.package;
        let mut line = match (&package.source, &entry.wheels[..]) {
            (LockedSource::Url(url), _) => format!("{} @ {url}", package.name),
            (LockedSource::Path(_), [wheel]) => format!("./{}", wheel.url),
            _ => format!("{}=={}", package.name, package.version),
        };
        if let Some(marker) = export.marker(&entry.environments) {
            line = format!("{line} ; {marker}");
        }
        for wheel in &entry.wheels {
            line = format!("{line} \\\n    --hash=sha256:{}", wheel.sha256);
        }
        lines.push(line);
    }
    Ok(format!("{}\n", lines.join("\n")))
}
