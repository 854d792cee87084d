//! The two top-level folders that belong to the wheel itself: `.dist-info` and `.data` (PEP 427).

use crate::filename::version_part;
use crate::name::quoted;
use crate::{PackageName, Version, WheelFilename};

use super::wheel_error::WheelError;

/// Finds the one `.dist-info` folder among the names of an archive, which must be of the project
/// and version of the file's name. Gives it as spelled in the archive.
///
/// pip looks at the first part of every name, file or folder, and so does this: nothing else may
/// look like metadata to any reader, on a file system that joins case or not.
pub(crate) fn find<'a>(
    names: impl Iterator<Item = &'a str>,
    filename: &WheelFilename,
) -> Result<&'a str, WheelError> {
    let mut found: Option<&str> = None;
    for top in names.map(top_level) {
        if !ends_with_folded(top, ".dist-info") {
            continue;
        }
        match found {
            Some(other) if other != top => {
                let (one, other) = (quoted(other), quoted(top));
                return Err(WheelError::SeveralDistInfo { one, other });
            }
            _ => found = Some(top),
        }
    }
    let found = found.ok_or(WheelError::NoDistInfo)?;
    let of_this = found
        .strip_suffix(".dist-info")
        .is_some_and(|stem| is_of(stem, &filename.name, &filename.version));
    if !of_this {
        return Err(WheelError::ForeignDistInfo {
            found: quoted(found),
            expected: format!("{}-{}", filename.name.with_underscores(), filename.version),
        });
    }
    Ok(found)
}

/// Whether a stem `name-version`, in whatever spelling, is of this project and version. Old
/// builders wrote `-` inside of both, so each place to cut is tried; names are short.
pub(crate) fn is_of(stem: &str, project: &PackageName, version: &Version) -> bool {
    const LONGEST: usize = 1024;
    stem.len() <= LONGEST
        && stem.match_indices('-').any(|(at, _)| {
            let name = stem[..at].parse::<PackageName>();
            name.is_ok_and(|name| name == *project)
                && version_part(&stem[at + 1..]).is_some_and(|v| v == *version)
        })
}

/// The first part of a name.
pub(crate) fn top_level(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Whether a name ends so, in upper or lower case.
pub(crate) fn ends_with_folded(name: &str, suffix: &str) -> bool {
    let start = name.len().checked_sub(suffix.len());
    start
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::archive::WheelError;

    fn found<'a>(names: &[&'a str], filename: &str) -> Result<&'a str, WheelError> {
        find(names.iter().copied(), &filename.parse().unwrap())
    }

    #[test]
    fn spellings_of_the_same_project_and_version_are_taken() {
        for (folder, filename) in [
            ("demo-1.0.dist-info", "demo-1.0-py3-none-any.whl"),
            ("Demo_X-1.0.0.dist-info", "demo_x-1.0-py3-none-any.whl"),
            ("demo.x-1.0.dist-info", "Demo_X-1.0-py3-none-any.whl"),
            ("demo-x-1.0-1.dist-info", "demo_x-1.0_1-py3-none-any.whl"),
            (
                "demo-1.0+cu118_1.dist-info",
                "demo-1.0+cu118.1-py3-none-any.whl",
            ),
            ("demo-1!2.0.dist-info", "demo-1!2.0-1build-py3-none-any.whl"),
        ] {
            let metadata = format!("{folder}/METADATA");
            let names = ["demo/__init__.py", &metadata, "demo/x-9.dist-info/METADATA"];
            assert_eq!(found(&names, filename).unwrap(), folder, "{filename}");
        }
    }

    #[test]
    fn others_are_refused() {
        for folder in [
            "demo-1.1.dist-info",
            "other-1.0.dist-info",
            "demo-1.0-2.dist-info",
            "dem-o-1.0.dist-info",
            "demo-.dist-info",
            "demo.dist-info",
            ".dist-info",
            "demo-1.0.DIST-INFO",
        ] {
            let metadata = format!("{folder}/METADATA");
            let error = found(&[&metadata], "demo-1.0-py3-none-any.whl").unwrap_err();
            assert!(
                matches!(error, WheelError::ForeignDistInfo { .. }),
                "{folder}: {error}"
            );
        }
        let error = found(&["demo/x"], "demo-1.0-py3-none-any.whl").unwrap_err();
        assert!(matches!(error, WheelError::NoDistInfo), "{error}");
        for other in [
            "demo-1.0.0.dist-info/x",
            "DEMO-1.0.dist-info/x",
            "z.Dist-Info",
        ] {
            let error = found(
                &["demo-1.0.dist-info/METADATA", other],
                "demo-1.0-py3-none-any.whl",
            )
            .unwrap_err();
            assert!(
                matches!(error, WheelError::SeveralDistInfo { .. }),
                "{other}: {error}"
            );
        }
    }
}
