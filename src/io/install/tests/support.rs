//! Wheels made of a few lines, and a site to put them into.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use wheel::record::{Record, RecordEntry};
use zip::write::SimpleFileOptions;

use super::super::write::digest;
use super::super::*;
use crate::io::host::Scheme;

/// A wheel in the making.
#[derive(Debug, Clone)]
pub(super) struct Package {
    name: String,
    version: String,
    files: BTreeMap<String, (Vec<u8>, u32)>,
    entry_points: String,
    purelib: bool,
}

pub(super) fn package(name: &str, version: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        files: BTreeMap::new(),
        entry_points: String::new(),
        purelib: true,
    }
}

impl Package {
    pub(super) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files
            .insert(path.to_owned(), (content.as_ref().to_vec(), 0o644));
        self
    }

    pub(super) fn executable(mut self, path: &str, content: &str) -> Self {
        self.files
            .insert(path.to_owned(), (content.as_bytes().to_vec(), 0o755));
        self
    }

    pub(super) fn entry_points(mut self, text: &str) -> Self {
        self.entry_points = text.to_owned();
        self
    }

    pub(super) fn platlib(mut self) -> Self {
        self.purelib = false;
        self
    }

    fn filename(&self) -> String {
        format!("{}-{}-py3-none-any.whl", self.name, self.version)
    }

    fn dist_info(&self) -> String {
        format!("{}-{}.dist-info", self.name, self.version)
    }

    /// All files of the wheel, `RECORD` last. `record` may change what it says.
    fn entries(&self, record: &dyn Fn(&mut Record)) -> Vec<(String, Vec<u8>, u32)> {
        let info = self.dist_info();
        let mut files = self.files.clone();
        let metadata = format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\n",
            self.name, self.version
        );
        files.insert(format!("{info}/METADATA"), (metadata.into_bytes(), 0o644));
        let pure = self.purelib;
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: py3-none-any\n"
        );
        files.insert(format!("{info}/WHEEL"), (wheel.into_bytes(), 0o644));
        if !self.entry_points.is_empty() {
            files.insert(
                format!("{info}/entry_points.txt"),
                (self.entry_points.clone().into_bytes(), 0o644),
            );
        }
        let mut rows: Record = files
            .iter()
            .map(|(path, (content, _))| RecordEntry::of(path.as_str(), content))
            .collect();
        rows.insert(RecordEntry::bare(format!("{info}/RECORD")));
        record(&mut rows);
        let files = files
            .into_iter()
            .map(|(path, (content, mode))| (path, content, mode));
        files
            .chain([(
                format!("{info}/RECORD"),
                rows.to_string().into_bytes(),
                0o644,
            )])
            .collect()
    }

    pub(super) fn bytes(&self, record: &dyn Fn(&mut Record)) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content, mode) in self.entries(record) {
            zip.start_file(path, SimpleFileOptions::default().unix_permissions(mode))
                .unwrap();
            zip.write_all(&content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

/// A site, a cache and a folder of wheels, in one folder.
pub(super) struct World {
    pub(super) root: PathBuf,
    pub(super) site: Site,
    pub(super) collisions: Collisions,
    pub(super) link_mode: LinkMode,
    /// Removes the folder in the end, unless somebody else does.
    _folder: Option<tempfile::TempDir>,
}

/// Keeps what is reported.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<Event>>);

impl Log {
    pub(super) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Log {
    fn report(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl World {
    /// A plain folder.
    pub(super) fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self::at(folder.path().to_path_buf());
        Self {
            _folder: Some(folder),
            ..world
        }
    }

    /// A plain folder in a place that stays.
    pub(super) fn at(root: PathBuf) -> Self {
        let site = Site::folder(&root.join("site"), Some("/opt/python".into()), false).unwrap();
        Self {
            site,
            root,
            collisions: Collisions::Refuse,
            link_mode: LinkMode::Auto,
            _folder: None,
        }
    }

    /// A venv, without a Python in it.
    pub(super) fn venv() -> Self {
        let mut world = Self::folder();
        let prefix = world.root.join("venv");
        fs::create_dir_all(prefix.join("bin")).unwrap();
        fs::write(prefix.join("pyvenv.cfg"), "home = /usr/bin\n").unwrap();
        fs::write(prefix.join("bin/python"), "").unwrap();
        world.site = Site {
            kind: SiteKind::Venv,
            scheme: Scheme::of_venv(&prefix, "python3.13", false),
            python: Some(prefix.join("bin/python")),
            version: Some(tag_matrix::PythonVersion::new(3, 13)),
            windows: false,
        };
        world
    }

    /// The path of a file of the library.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.site.scheme.purelib.join(path)
    }

    pub(super) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    pub(super) fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Makes the wheel of a package, and what a lock says of it.
    pub(super) fn wheel(&self, package: &Package) -> Wanted {
        self.wheel_with(package, &|_| {})
    }

    /// The same with a `RECORD` that is changed.
    pub(super) fn wheel_with(&self, package: &Package, record: &dyn Fn(&mut Record)) -> Wanted {
        let bytes = package.bytes(record);
        let wanted = Wanted {
            name: package.name.parse().unwrap(),
            version: package.version.parse().unwrap(),
            filename: package.filename(),
            sha256: digest(&bytes),
            source: Source::Index,
            requested: false,
        };
        let file = self.wheel_file(&wanted);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        wanted
    }

    /// Where the wheel is. One name can have several contents.
    pub(super) fn wheel_file(&self, wanted: &Wanted) -> PathBuf {
        self.root
            .join("wheels")
            .join(wanted.sha256.to_string())
            .join(&wanted.filename)
    }

    pub(super) fn request(&self, wanted: Vec<Wanted>) -> SyncRequest {
        SyncRequest {
            site: self.site.clone(),
            wanted,
            cache: self.root.join("cache"),
            link_mode: self.link_mode,
            collisions: self.collisions,
            care: Care::default(),
        }
    }

    /// Syncs to exactly these packages.
    pub(super) fn try_sync(&self, packages: &[&Package]) -> Result<SyncReport, InstallError> {
        let wanted = packages.iter().map(|package| self.wheel(package)).collect();
        self.try_sync_wanted(wanted)
    }

    pub(super) fn try_sync_wanted(&self, wanted: Vec<Wanted>) -> Result<SyncReport, InstallError> {
        sync_site(
            self.request(wanted),
            &|wanted| Ok(self.wheel_file(wanted)),
            &Silent,
        )
    }

    /// Syncs, and finds that everything is as the lock says and nothing else is left.
    pub(super) fn sync(&self, packages: &[&Package]) -> SyncReport {
        let report = self.try_sync(packages).unwrap();
        self.assert_is(packages);
        report
    }

    pub(super) fn differences(&self, packages: &[&Package]) -> Vec<String> {
        let wanted: Vec<Wanted> = packages.iter().map(|package| self.wheel(package)).collect();
        let differences = verify(&self.site, &wanted, &self.root.join("cache")).unwrap();
        differences.iter().map(ToString::to_string).collect()
    }

    /// Every package is there, every file has its hash, and there is no file without an owner.
    pub(super) fn assert_is(&self, packages: &[&Package]) {
        assert_eq!(self.differences(packages), Vec::<String>::new());
        assert_eq!(self.strangers(), Vec::<String>::new());
    }

    /// The files below the library that no `RECORD` lists, and folders with nothing in them.
    pub(super) fn strangers(&self) -> Vec<String> {
        let library = &self.site.scheme.purelib;
        let mut owned = std::collections::BTreeSet::new();
        for entry in fs::read_dir(library).unwrap().flatten() {
            let record = fs::read_to_string(entry.path().join("RECORD")).unwrap_or_default();
            owned.extend(
                record
                    .lines()
                    .map(|line| line.split(',').next().unwrap().to_owned()),
            );
        }
        tree(library)
            .into_keys()
            .filter(|path| !owned.contains(path))
            .collect()
    }
}

/// Every file below a folder with its content, and every empty folder with a `/` at its end.
pub(super) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(current) = open.pop() {
        let mut empty = true;
        for entry in fs::read_dir(&current).unwrap() {
            empty = false;
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                found.insert(relative(folder, &path), fs::read(&path).unwrap_or_default());
            }
        }
        if empty && current != folder {
            found.insert(relative(folder, &current) + "/", Vec::new());
        }
    }
    found
}

fn relative(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}
