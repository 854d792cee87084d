//! The manifest of an unpacked wheel: what its files are and where they go.
//!
//! One line a file, so that thousands are read in a millisecond; the last line counts the files,
//! so that a manifest cut short by a power failure is no manifest.
//!
//! ```text
//! mochi-unpacked 2
//! name demo
//! version 1.0
//! dist-info demo-1.0.dist-info
//! library purelib
//! script c demo demo.cli:main
//! file purelib 0 - 12 1764000000000000000 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU demo/cli.py
//! end 1
//! ```

use std::fmt;
use std::str::FromStr;

use wheel::PackageName;

use super::Sha256Digest;
use super::site::Root;

const HEAD: &str = "mochi-unpacked 2";

/// What an unpacked wheel consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) name: PackageName,
    /// As the wheel spells it.
    pub(crate) version: String,
    /// The name of the `.dist-info` folder.
    pub(crate) dist_info: String,
    /// Where the library part goes: purelib or platlib.
    pub(crate) library: Root,
    /// The commands of its entry points.
    pub(crate) scripts: Vec<ManifestScript>,
    /// Its files without `RECORD`, sorted by path in the archive.
    pub(crate) files: Vec<ManifestFile>,
}

/// A command of an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestScript {
    pub(crate) name: String,
    /// Whether it runs without a console, on Windows.
    pub(crate) gui: bool,
    pub(crate) module: String,
    pub(crate) attribute: String,
}

/// A file of an unpacked wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestFile {
    /// The root that it goes to.
    pub(crate) root: Root,
    pub(crate) kind: FileKind,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its time of modification as unpacked, in nanoseconds since 1970.
    pub(crate) modified: u64,
    pub(crate) sha256: Sha256Digest,
    /// Its path in the archive, and below `tree`.
    pub(crate) archive: String,
    /// How many bytes of `archive` stand before the path below its root: `demo-1.0.data/data/`.
    pub(crate) prefix: usize,
}

/// How a file is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// As it is.
    Plain,
    /// As it is, to be run.
    Executable,
    /// A script that begins with `#!python`, where the interpreter is to be put in.
    Script,
}

impl ManifestFile {
    /// The path below its root.
    pub(crate) fn path(&self) -> &str {
        &self.archive[self.prefix..]
    }
}

impl FileKind {
    fn letter(self) -> char {
        match self {
            Self::Plain => '-',
            Self::Executable => 'x',
            Self::Script => '#',
        }
    }

    fn of_letter(letter: &str) -> Option<Self> {
        [Self::Plain, Self::Executable, Self::Script]
            .into_iter()
            .find(|kind| letter.chars().eq([kind.letter()]))
    }
}

fn root_name(root: Root) -> &'static str {
    match root {
        Root::Purelib => "purelib",
        Root::Platlib => "platlib",
        Root::Scripts => "scripts",
        Root::Headers => "headers",
        Root::Data => "data",
    }
}

/// The root of a key of a `.data` folder, which is also its name here.
pub(crate) fn root_of_name(name: &str) -> Option<Root> {
    Root::ALL.into_iter().find(|root| root_name(*root) == name)
}

/// A text is no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoManifest;

impl fmt::Display for Manifest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEAD}")?;
        writeln!(out, "name {}", self.name)?;
        writeln!(out, "version {}", self.version)?;
        writeln!(out, "dist-info {}", self.dist_info)?;
        writeln!(out, "library {}", root_name(self.library))?;
        for script in &self.scripts {
            let kind = if script.gui { 'g' } else { 'c' };
            writeln!(
                out,
                "script {kind} {} {}:{}",
                script.name, script.module, script.attribute
            )?;
        }
        for file in &self.files {
            let (root, kind) = (root_name(file.root), file.kind.letter());
            let (prefix, size, modified) = (file.prefix, file.size, file.modified);
            let (sha256, archive) = (file.sha256.base64(), &file.archive);
            writeln!(
                out,
                "file {root} {prefix} {kind} {size} {modified} {sha256} {archive}"
            )?;
        }
        writeln!(out, "end {}", self.files.len())
    }
}

impl FromStr for Manifest {
    type Err = NoManifest;

    fn from_str(text: &str) -> Result<Self, NoManifest> {
        read(text).ok_or(NoManifest)
    }
}

fn read(text: &str) -> Option<Manifest> {
    let text = text.strip_suffix('\n')?;
    let (text, end) = text.rsplit_once('\n')?;
    let count: usize = end.strip_prefix("end ")?.parse().ok()?;
    let mut lines = text.split('\n');
    let head = lines.next()?;
    let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
    let mut manifest = Manifest {
        name: value("name")?.parse().ok()?,
        version: value("version")?.to_owned(),
        dist_info: value("dist-info")?.to_owned(),
        library: root_of_name(value("library")?)?,
        scripts: Vec::new(),
        files: Vec::with_capacity(count.min(text.len())),
    };
    for line in lines {
        match line.split_once(' ')? {
            ("file", rest) => manifest.files.push(file(rest)?),
            ("script", rest) => manifest.scripts.push(script(rest)?),
            _ => return None,
        }
    }
    (head == HEAD && manifest.files.len() == count).then_some(manifest)
}

fn script(line: &str) -> Option<ManifestScript> {
    let (kind, rest) = line.split_once(' ')?;
    let (name, reference) = rest.split_once(' ')?;
    let (module, attribute) = reference.split_once(':')?;
    Some(ManifestScript {
        name: name.to_owned(),
        gui: kind == "g",
        module: module.to_owned(),
        attribute: attribute.to_owned(),
    })
}

fn file(line: &str) -> Option<ManifestFile> {
    let mut parts = line.splitn(7, ' ');
    let root = root_of_name(parts.next()?)?;
    let prefix = parts.next()?.parse().ok()?;
    let kind = FileKind::of_letter(parts.next()?)?;
    let size = parts.next()?.parse().ok()?;
    let modified = parts.next()?.parse().ok()?;
    let sha256 = Sha256Digest::from_base64(parts.next()?)?;
    let archive = parts.next()?;
    archive.is_char_boundary(prefix).then(|| ManifestFile {
        root,
        kind,
        size,
        modified,
        sha256,
        archive: archive.to_owned(),
        prefix,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |root, kind, archive: &str, prefix| ManifestFile {
            root,
            kind,
            size: 3,
            modified: 1_764_000_000_123_456_789,
            sha256: Sha256Digest([7; 32]),
            archive: archive.to_owned(),
            prefix,
        };
        Manifest {
            name: "demo".parse().unwrap(),
            version: "1.0+l".to_owned(),
            dist_info: "demo-1.0+l.dist-info".to_owned(),
            library: Root::Platlib,
            scripts: vec![ManifestScript {
                name: "demo".into(),
                gui: true,
                module: "demo.cli".into(),
                attribute: "App.main".into(),
            }],
            files: vec![
                file(
                    Root::Scripts,
                    FileKind::Script,
                    "demo-1.0+l.data/scripts/run it",
                    24,
                ),
                file(
                    Root::Purelib,
                    FileKind::Plain,
                    "demo-1.0+l.data/purelib/demo/x.py",
                    24,
                ),
                file(
                    Root::Platlib,
                    FileKind::Executable,
                    "demo/with  spaces .so",
                    0,
                ),
            ],
        }
    }

    #[test]
    fn a_manifest_round_trips() {
        let text = manifest().to_string();
        assert_eq!(text.parse(), Ok(manifest()));
        assert_eq!(manifest().files[0].path(), "run it");
        assert_eq!(manifest().files[1].path(), "demo/x.py");
    }

    #[test]
    fn a_manifest_that_was_cut_short_or_changed_is_none() {
        let text = manifest().to_string();
        for end in 0..text.len() {
            assert_eq!(text[..end].parse::<Manifest>(), Err(NoManifest), "{end}");
        }
        assert!(
            text.replace("unpacked 2", "unpacked 3")
                .parse::<Manifest>()
                .is_err()
        );
        assert!(
            text.replace("file platlib 0", "file platlib 99")
                .parse::<Manifest>()
                .is_err()
        );
        let (head, _) = text.rsplit_once("file").unwrap();
        assert!(format!("{head}end 3\n").parse::<Manifest>().is_err());
    }
}
