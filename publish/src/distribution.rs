//! The bytes of an sdist and of wheels.

use crate::pyproject::Pyproject;
use crate::tags::{Kind, Plan};
use crate::{Glue, Package, vendor};
use wheel::archive::{WheelError, WheelWriter};
use wheel::sdist::{SdistError, SdistFilename, SdistWriter};
use wheel::{PackageName, WheelFilename};

/// A distribution.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its file name.
    pub filename: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many files are in it.
    pub files: usize,
}

/// A compiled extension module.
#[derive(Debug, Clone)]
pub struct SideModule {
    /// Its path in the wheel, `demo/_fast.abi3.so`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a distribution cannot be made: a file with a name that some systems cannot have, or that
/// clashes with another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A wheel.
    #[error("{filename} cannot be written: {source}")]
    Wheel {
        /// Its file name.
        filename: String,
        /// Why.
        source: Box<WheelError>,
    },
    /// An sdist.
    #[error("{filename} cannot be written: {source}")]
    Sdist {
        /// Its file name.
        filename: String,
        /// Why.
        source: Box<SdistError>,
    },
}

impl Package {
    /// The source distribution (PEP 517, 625, 643): the Python tree as the pure wheel has it, the
    /// sources of native code, and a `pyproject.toml`.
    ///
    /// # Errors
    /// [`BuildError::Sdist`].
    pub fn sdist(&self, glue: &Glue, epoch: Option<u64>) -> Result<Built, BuildError> {
        let filename = SdistFilename {
            name: self.name(),
            version: self.metadata.version.clone(),
        };
        let folder = self.folder();
        let pyproject = Pyproject {
            metadata: &self.metadata,
            authors: &self.authors,
            readme: self.readme.as_ref().map(|(path, _)| &**path),
            entry_points: &self.entry_points,
            folder,
        };
        let mut writer = SdistWriter::new(&filename)
            .file("PKG-INFO", self.metadata.to_bytes(), false)
            .file("pyproject.toml", pyproject.render().into_bytes(), false);
        if let Some(epoch) = epoch {
            writer = writer.source_date_epoch(epoch);
        }
        let mut files = 2;
        let readme = self.readme.iter().map(|(path, bytes)| (path, bytes));
        let given = self.licenses.iter().chain(&self.native_files).chain(readme);
        for (path, bytes) in given {
            writer = writer.file(path.as_str(), bytes.clone(), is_program(bytes));
            files += 1;
        }
        for (path, bytes) in self.with_glue(glue) {
            let executable = is_program(&bytes);
            writer = writer.file(format!("{folder}/{path}"), bytes, executable);
            files += 1;
        }
        built(
            filename.to_string(),
            files,
            writer.finish(),
            |filename, source| BuildError::Sdist { filename, source },
        )
    }

    /// The wheel of a plan, with the glue for it and its compiled modules.
    ///
    /// # Errors
    /// [`BuildError::Wheel`].
    pub fn wheel(
        &self,
        plan: &Plan,
        glue: &Glue,
        modules: Vec<SideModule>,
        epoch: Option<u64>,
    ) -> Result<Built, BuildError> {
        let filename = WheelFilename {
            name: self.name(),
            version: self.metadata.version.clone(),
            build: None,
            tags: plan.tags.clone(),
        };
        let mut writer = WheelWriter::new(&filename)
            .root_is_purelib(plan.kind == Kind::Pure)
            .metadata(self.metadata.to_bytes());
        if let Some(epoch) = epoch {
            writer = writer.source_date_epoch(epoch);
        }
        // METADATA, WHEEL and RECORD.
        let mut files = 3;
        let tree = self.with_glue(glue).into_iter();
        let modules = modules
            .into_iter()
            .map(|module| (module.path, module.bytes));
        for (path, bytes) in tree.chain(modules) {
            let executable = is_program(&bytes);
            writer = writer.file(path, bytes, executable);
            files += 1;
        }
        for (path, bytes) in &self.licenses {
            writer = writer.dist_info_file(&format!("licenses/{path}"), bytes.clone());
            files += 1;
        }
        if !self.entry_points.is_empty() {
            writer = writer.dist_info_file("entry_points.txt", self.entry_points.clone());
            files += 1;
        }
        if plan.kind != Kind::Pure {
            // Where `micropip.freeze` learns what can be imported.
            let tops = self.tops.iter().map(|top| format!("{top}\n"));
            writer = writer.dist_info_file("top_level.txt", tops.collect::<String>());
            files += 1;
        }
        built(
            filename.to_string(),
            files,
            writer.finish(),
            |filename, source| BuildError::Wheel { filename, source },
        )
    }

    fn name(&self) -> PackageName {
        // Its metadata was made from one.
        let parsed = self.metadata.name.parse();
        parsed.unwrap_or_else(|_| unreachable!("{} is a name", self.metadata.name))
    }

    fn with_glue(&self, glue: &Glue) -> crate::Files {
        let mut tree = self.tree.clone();
        if let Some(home) = &self.home {
            vendor::place(&mut tree, home, glue);
        }
        tree
    }

    /// The folder of the Python tree in the sdist: one in which nothing else is.
    fn folder(&self) -> &'static str {
        let given = self.licenses.keys().chain(self.native_files.keys());
        let given: Vec<&String> = given
            .chain(self.readme.iter().map(|(path, _)| path))
            .collect();
        let is_free = |folder: &&str| {
            let prefix = format!("{folder}/");
            !given.iter().any(|path| path.starts_with(&prefix))
        };
        let folders = ["src", "python", "python-tree"];
        folders.into_iter().find(is_free).unwrap_or("python-source")
    }
}

fn built<E>(
    filename: String,
    files: usize,
    written: Result<Vec<u8>, E>,
    failed: impl FnOnce(String, Box<E>) -> BuildError,
) -> Result<Built, BuildError> {
    match written {
        Ok(bytes) => Ok(Built {
            filename,
            bytes,
            files,
        }),
        Err(source) => Err(failed(filename, Box::new(source))),
    }
}

/// Whether a file is to be executable. Its mode on disk depends on system and umask, so that what
/// it holds decides: a first line that names an interpreter.
fn is_program(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!")
}
