//! The files that a package's distributions are made from.

use crate::io::files::{self, FileError};
use manifest::publish::{Place, Publish, Text};
use publish::{Files, Sources};
use rayon::prelude::*;
use std::io;
use std::path::{Component, Path};
use toml_doc::Invalid;

/// Licences have these names where the manifest gives none (PEP 639).
const LICENSES: [&str; 4] = ["LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"];

/// What is in a Python tree by accident: bytecode, and what file managers leave behind.
const LEFT_OUT: [&str; 4] = ["__pycache__", ".git", ".hg", ".DS_Store"];

/// Folders of a crate that are none of its sources.
const BUILT: [&str; 3] = ["target", ".git", ".hg"];

/// Reads them.
///
/// # Errors
/// The disk fails. What is missing or not as it should be is among the problems of the result.
pub fn sources(project: &Path, publish: &Publish) -> Result<Sources, FileError> {
    let mut sources = Sources::default();
    let mut gather = Gather {
        project,
        problems: &mut sources.problems,
    };
    sources.tree = gather.tree(publish)?;
    sources.licenses = gather.licenses(publish)?;
    for (_, native) in &publish.native {
        for text in native.sources.iter().chain(&native.include_dirs) {
            sources.native.extend(gather.native(text)?);
        }
        if let Some(text) = &native.krate {
            sources.native.extend(gather.native(text)?);
        }
    }
    sources.readme = match &publish.readme {
        Some(text) if gather.is_inside(text) => files::read_bytes(&project.join(&text.value))?,
        _ => None,
    };
    Ok(sources)
}

struct Gather<'a> {
    project: &'a Path,
    problems: &'a mut Vec<Invalid>,
}

impl Gather<'_> {
    fn tree(&mut self, publish: &Publish) -> Result<Files, FileError> {
        let source = publish.source();
        let place = publish.source.as_ref().map_or_else(
            || Place {
                key: "python.publish.source".to_owned(),
                ..publish.package.clone()
            },
            |text| text.place.clone(),
        );
        let folder = self.project.join(source);
        if !folder.is_dir() {
            let message = format!("there is no folder `{source}` with the package's Python tree");
            let problem = place.error(message);
            self.problems.push(problem.with_hint(
                "let the Mochi compiler emit it, or say where it is: `source` of [python.publish]",
            ));
            return Ok(Files::new());
        }
        let tree = self.read(&folder, &place, &LEFT_OUT)?;
        if tree.is_empty() {
            let message = format!("the folder `{source}` holds no file");
            self.problems.push(place.error(message));
        }
        for top in ["dist-info", "data"].map(|kind| format!(".{kind}/")) {
            if let Some(path) = tree.keys().find(|path| {
                path.split_inclusive('/')
                    .next()
                    .is_some_and(|first| first.ends_with(&top))
            }) {
                let message =
                    format!("`{source}/{path}` would be taken for a part of the wheel itself");
                self.problems.push(place.error(message));
            }
        }
        Ok(tree)
    }

    /// The files of a folder, read.
    fn read(
        &mut self,
        folder: &Path,
        place: &Place,
        left_out: &[&str],
    ) -> Result<Files, FileError> {
        let mut walk = Walk {
            left_out,
            paths: Vec::new(),
            problems: Vec::new(),
        };
        walk.folder(folder, "")?;
        let problems = walk
            .problems
            .into_iter()
            .map(|problem| place.error(problem));
        self.problems.extend(problems);
        let read = |path: String| {
            let file = folder.join(&path);
            let bytes =
                std::fs::read(&file).map_err(|error| FileError::new("read", &file, error))?;
            Ok((path, bytes))
        };
        walk.paths.into_par_iter().map(read).collect()
    }

    fn licenses(&mut self, publish: &Publish) -> Result<Files, FileError> {
        let mut found = Files::new();
        let Some(given) = &publish.license_files else {
            for pattern in LICENSES {
                for path in self.matching(pattern).unwrap_or_default() {
                    found.insert(path.clone(), self.required(&path)?);
                }
            }
            return Ok(found);
        };
        for text in given {
            if !self.is_inside(text) {
                continue;
            }
            match self.matching(&text.value) {
                Ok(paths) if paths.is_empty() => {
                    let message = format!("no file matches `{}`", text.value);
                    self.problems.push(text.error(message));
                }
                Ok(paths) => {
                    for path in paths {
                        found.insert(path.clone(), self.required(&path)?);
                    }
                }
                Err(error) => self.problems.push(text.error(error)),
            }
        }
        Ok(found)
    }

    /// The files of the project that match a glob, with forward slashes.
    fn matching(&self, pattern: &str) -> Result<Vec<String>, String> {
        let root = glob::Pattern::escape(&self.project.to_string_lossy());
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::new()
        };
        let found = glob::glob_with(&format!("{root}/{pattern}"), options);
        let found = found.map_err(|error| format!("`{pattern}` is no glob: {}", error.msg))?;
        let mut paths: Vec<String> = found
            .filter_map(Result::ok)
            .filter(|path| path.is_file())
            .filter_map(|path| {
                let inside = path.strip_prefix(self.project).ok()?;
                Some(inside.to_string_lossy().replace('\\', "/"))
            })
            .collect();
        paths.sort();
        Ok(paths)
    }

    fn required(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let file = self.project.join(path);
        std::fs::read(&file).map_err(|error| FileError::new("read", &file, error))
    }

    /// A source, or all that is in a folder, by the path in the project.
    fn native(&mut self, text: &Text) -> Result<Files, FileError> {
        if !self.is_inside(text) {
            return Ok(Files::new());
        }
        let path = text.value.trim_end_matches('/');
        let full = self.project.join(path);
        if full.is_file() {
            let bytes = self.required(path)?;
            return Ok([(path.to_owned(), bytes)].into());
        }
        if !full.is_dir() {
            let message = format!("there is no `{path}`");
            self.problems.push(text.error(message));
            return Ok(Files::new());
        }
        let files = self.read(&full, &text.place, &BUILT)?.into_iter();
        let path = if path == "." {
            String::new()
        } else {
            format!("{path}/")
        };
        Ok(files
            .map(|(name, bytes)| (format!("{path}{name}"), bytes))
            .collect())
    }

    /// Whether a path stays within the project.
    fn is_inside(&mut self, text: &Text) -> bool {
        let inside = Path::new(&text.value)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let inside = inside && !text.value.contains('\\') && !text.value.is_empty();
        if !inside {
            let message = format!("`{}` does not lie within the project", text.value);
            self.problems.push(text.error(message));
        }
        inside
    }
}

/// The paths of the files below a folder.
struct Walk<'a> {
    left_out: &'a [&'a str],
    paths: Vec<String>,
    problems: Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), FileError> {
        let fail = |error: io::Error| FileError::new("read", folder, error);
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.problems.push(format!(
                    "`{}` has a name that is not Unicode",
                    entry.path().display()
                ));
                continue;
            };
            if self.left_out.contains(&name) || name.ends_with(".pyc") || name.ends_with(".pyo") {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_dir() {
                self.folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                self.paths.push(path);
            } else {
                let what = if kind.is_symlink() {
                    "a link"
                } else {
                    "no plain file"
                };
                self.problems.push(format!(
                    "`{path}` is {what}; distributions hold plain files"
                ));
            }
        }
        Ok(())
    }
}
