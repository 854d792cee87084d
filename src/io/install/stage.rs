//! Making a package ready in the staging folder: its files linked from the unpacked cache, and
//! what an installer adds written anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;

use super::cache::Unpacked;
use super::installed::{ORIGIN, Origin, untouchable};
use super::manifest::{FileKind, ManifestFile};
use super::place::Placer;
use super::rows::write_row;
use super::scripts;
use super::site::{Locator, Place, Root, Site};
use super::staging::Staging;
use super::steps::staged_path;
use super::write::{digest, make_folders, write_file};
use super::{InstallError, Sha256Digest, Wanted};

/// The name that stands in `INSTALLER`.
const INSTALLER: &str = "mochi";
/// Files of a `.dist-info` that an installer writes: a wheel's own are left out. Signatures of
/// `RECORD` do not fit the new one.
const WRITTEN: [&str; 7] = [
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    ORIGIN,
];

/// A file of a package that is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewFile {
    pub(crate) place: Place,
    pub(crate) sha256: Sha256Digest,
}

/// A package that is ready in the staging folder.
#[derive(Debug)]
pub(crate) struct Staged {
    /// Its files without those of its `.dist-info`, sorted by place.
    pub(crate) files: Vec<NewFile>,
    /// Where its `.dist-info` goes.
    pub(crate) dist_info: Place,
    /// How many files it has in all.
    pub(crate) count: usize,
    rows: Vec<RecordRow>,
}

/// A row of the new `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RecordRow {
    path: String,
    sha256: Sha256Digest,
    size: u64,
}

/// What is needed to make packages ready.
#[derive(Debug)]
pub(crate) struct Stager<'a> {
    pub(crate) site: &'a Site,
    pub(crate) staging: &'a Staging,
    pub(crate) placer: &'a Placer,
}

/// A file that is to be placed: where it comes from, and where it goes.
struct Job<'a> {
    file: &'a ManifestFile,
    place: Place,
}

impl Stager<'_> {
    /// Makes a package ready; `index` is its number among those of the transaction.
    ///
    /// # Errors
    /// What [`scripts::check`] refuses, [`InstallError::InvalidWheel`], [`InstallError::Disk`].
    pub(crate) fn stage(
        &self,
        index: usize,
        wanted: &Wanted,
        unpacked: &Unpacked,
    ) -> Result<Staged, InstallError> {
        let manifest = &unpacked.manifest;
        scripts::check(manifest, self.site)?;
        let library = if self.site.scheme.purelib == self.site.scheme.platlib {
            Root::Purelib
        } else {
            manifest.library
        };
        let mut jobs = self.jobs(wanted, unpacked)?;
        jobs.sort_by(|a, b| a.place.cmp(&b.place));
        if let Some(pair) = jobs.windows(2).find(|pair| pair[0].place == pair[1].place) {
            let (a, b) = (&pair[0].file.archive, &pair[1].file.archive);
            return Err(invalid(
                wanted,
                format!("{a} and {b} would be the same file"),
            ));
        }
        let mut fresh = Fresh::new(self, index)?;
        self.link(index, &jobs, unpacked, &mut fresh)?;
        for script in &manifest.scripts {
            let place = Place {
                root: Root::Scripts,
                path: script.name.clone(),
            };
            let text = scripts::entry_script(script, &fresh.shebang);
            fresh.write(&place, text.as_bytes(), true)?;
        }
        let dist_info = Place {
            root: library,
            path: manifest.dist_info.clone(),
        };
        let prefix = Prefixes::new(self.site, library);
        let mut staged = Staged::new(jobs, fresh.files, dist_info, &prefix);
        self.write_info(index, wanted, &mut staged)?;
        Ok(staged)
    }

    /// The files of the wheel with their places, without those that an installer writes.
    fn jobs<'b>(
        &self,
        wanted: &Wanted,
        unpacked: &'b Unpacked,
    ) -> Result<Vec<Job<'b>>, InstallError> {
        let manifest = &unpacked.manifest;
        let same = self.site.scheme.purelib == self.site.scheme.platlib;
        let locators: BTreeMap<Root, Locator<'_>> = self
            .site
            .libraries()
            .map(|root| (root, self.site.locator(root)))
            .collect();
        let mut jobs = Vec::with_capacity(manifest.files.len());
        for file in &manifest.files {
            if is_written(&file.archive, &manifest.dist_info) {
                continue;
            }
            let root = if same && file.root == Root::Platlib {
                Root::Purelib
            } else {
                file.root
            };
            let path = file.path();
            let place = match locators.get(&root) {
                Some(locator) if locator.is_direct(path) => Some(Place {
                    root,
                    path: path.to_owned(),
                }),
                _ if root == Root::Headers => self
                    .site
                    .place_of(&self.site.root(root).join(manifest.name.as_str()).join(path)),
                _ => self.site.place_of(&self.site.root(root).join(path)),
            };
            let place =
                place.ok_or_else(|| invalid(wanted, format!("{} has no place", file.archive)))?;
            if let Some(whose) = untouchable(&place) {
                return Err(InstallError::ScriptName {
                    package: wanted.name.clone(),
                    script: file.archive.clone(),
                    whose,
                });
            }
            jobs.push(Job { file, place });
        }
        Ok(jobs)
    }

    /// Places the files, folder by folder, in parallel.
    fn link(
        &self,
        index: usize,
        jobs: &[Job<'_>],
        unpacked: &Unpacked,
        fresh: &mut Fresh<'_>,
    ) -> Result<(), InstallError> {
        let parent = |place: &Place| {
            place
                .path
                .rsplit_once('/')
                .map_or(0, |(parent, _)| parent.len())
        };
        let groups: Vec<&[Job<'_>]> = jobs
            .chunk_by(|a, b| {
                let (one, other) = (parent(&a.place), parent(&b.place));
                a.place.root == b.place.root && a.place.path[..one] == b.place.path[..other]
            })
            .collect();
        let folders: Vec<PathBuf> = groups
            .iter()
            .map(|group| {
                let place = &group[0].place;
                self.path(index, place.root, &place.path[..parent(place)])
            })
            .collect();
        make_folders(&folders)?;
        let tree = unpacked.tree.as_path();
        groups
            .par_iter()
            .zip(&folders)
            .try_for_each(|(group, folder)| {
                let (mut from, mut to) = (tree.join("x"), folder.join("x"));
                for job in group.iter().filter(|job| job.file.kind != FileKind::Script) {
                    from.clear();
                    from.push(tree);
                    from.push(&job.file.archive);
                    let name = job.place.path.rsplit('/').next().unwrap_or_default();
                    to.set_file_name(name);
                    self.placer
                        .place(&from, &to)
                        .map_err(InstallError::disk("place", &to))?;
                }
                Ok(())
            })?;
        for job in jobs.iter().filter(|job| job.file.kind == FileKind::Script) {
            let from = tree.join(&job.file.archive);
            let content = fs::read(&from).map_err(InstallError::disk("read", &from))?;
            let content = scripts::rewrite(&content, &fresh.shebang).unwrap_or(content);
            fresh.write(&job.place, &content, true)?;
        }
        Ok(())
    }

    /// Writes the files of the `.dist-info` that are an installer's, `RECORD` last.
    fn write_info(
        &self,
        index: usize,
        wanted: &Wanted,
        staged: &mut Staged,
    ) -> Result<(), InstallError> {
        let origin = Origin {
            filename: wanted.filename.clone(),
            sha256: wanted.sha256.to_string(),
        };
        let origin = serde_json::to_string(&origin).unwrap_or_default() + "\n";
        let mut files = vec![("INSTALLER", format!("{INSTALLER}\n")), (ORIGIN, origin)];
        files.extend(
            wanted
                .source
                .direct_url(&wanted.sha256)
                .map(|text| ("direct_url.json", text)),
        );
        if wanted.requested {
            files.push(("REQUESTED", String::new()));
        }
        let folder = self.path(index, staged.dist_info.root, &staged.dist_info.path);
        fs::create_dir_all(&folder).map_err(InstallError::disk("make", &folder))?;
        for (name, content) in files {
            write_file(&folder.join(name), content.as_bytes(), false)?;
            staged.rows.push(RecordRow {
                path: format!("{}/{name}", staged.dist_info.path),
                sha256: digest(content.as_bytes()),
                size: content.len() as u64,
            });
        }
        staged.count = staged.rows.len() + 1;
        staged.rows.sort();
        self.write_record(index, staged)
    }

    fn write_record(&self, index: usize, staged: &Staged) -> Result<(), InstallError> {
        let mut text = String::with_capacity(staged.rows.len() * 112 + 64);
        for row in &staged.rows {
            write_row(
                &mut text,
                &row.path,
                &format!("sha256={},{}", row.sha256.base64(), row.size),
            );
        }
        write_row(&mut text, &format!("{}/RECORD", staged.dist_info.path), ",");
        let folder = self.path(index, staged.dist_info.root, &staged.dist_info.path);
        write_file(&folder.join("RECORD"), text.as_bytes(), false)
    }

    /// Leaves a file to another package that holds it too.
    pub(crate) fn give_up(
        &self,
        index: usize,
        staged: &mut Staged,
        path: &str,
    ) -> Result<(), InstallError> {
        let prefix = Prefixes::new(self.site, staged.dist_info.root);
        let given = staged.files.iter().filter(|file| file.place.path == path);
        let rows: Vec<String> = given.map(|file| prefix.row(&file.place)).collect();
        staged.rows.retain(|row| !rows.contains(&row.path));
        staged.files.retain(|file| file.place.path != path);
        let record = self
            .path(index, staged.dist_info.root, &staged.dist_info.path)
            .join("RECORD");
        fs::remove_file(&record).map_err(InstallError::disk("replace", record))?;
        self.write_record(index, staged)
    }

    fn path(&self, index: usize, root: Root, path: &str) -> PathBuf {
        self.staging
            .folder(root)
            .join(staged_path(index, root, path))
    }
}

/// Files that are written rather than linked.
struct Fresh<'a> {
    stager: &'a Stager<'a>,
    index: usize,
    shebang: String,
    files: BTreeMap<Place, (Sha256Digest, u64)>,
}

impl<'a> Fresh<'a> {
    fn new(stager: &'a Stager<'a>, index: usize) -> Result<Self, InstallError> {
        let shebang = scripts::shebang(stager.site.python.as_deref())?;
        Ok(Self {
            stager,
            index,
            shebang,
            files: BTreeMap::new(),
        })
    }

    fn write(
        &mut self,
        place: &Place,
        content: &[u8],
        executable: bool,
    ) -> Result<(), InstallError> {
        let path = self.stager.path(self.index, place.root, &place.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(InstallError::disk("make", folder))?;
        }
        // An entry point takes the place of a script of the wheel with the same name.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(InstallError::disk("replace", path)(error));
            }
            _ => {}
        }
        write_file(&path, content, executable)?;
        self.files
            .insert(place.clone(), (digest(content), content.len() as u64));
        Ok(())
    }
}

/// How the roots are named in the `RECORD` of a library.
struct Prefixes {
    library: Root,
    by_root: BTreeMap<Root, String>,
}

impl Prefixes {
    fn new(site: &Site, library: Root) -> Self {
        let by_root = Root::ALL
            .into_iter()
            .map(|root| (root, site.record_prefix(library, root)))
            .collect();
        Self { library, by_root }
    }

    fn row(&self, place: &Place) -> String {
        match self.by_root.get(&place.root) {
            Some(prefix) if place.root != self.library => format!("{prefix}{}", place.path),
            _ => place.path.clone(),
        }
    }
}

impl Staged {
    fn new(
        jobs: Vec<Job<'_>>,
        fresh: BTreeMap<Place, (Sha256Digest, u64)>,
        dist_info: Place,
        prefix: &Prefixes,
    ) -> Self {
        let mut rows = Vec::with_capacity(jobs.len() + fresh.len() + WRITTEN.len());
        let mut files = Vec::with_capacity(jobs.len() + fresh.len());
        let linked: Vec<(Place, (Sha256Digest, u64))> = jobs
            .into_iter()
            .filter(|job| !fresh.contains_key(&job.place))
            .map(|job| (job.place, (job.file.sha256, job.file.size)))
            .collect();
        for (place, (sha256, size)) in linked.into_iter().chain(fresh) {
            rows.push(RecordRow {
                path: prefix.row(&place),
                sha256,
                size,
            });
            let in_info = place.root == dist_info.root
                && place
                    .path
                    .strip_prefix(&dist_info.path)
                    .is_some_and(|rest| rest.starts_with('/'));
            if !in_info {
                files.push(NewFile { place, sha256 });
            }
        }
        files.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            files,
            dist_info,
            count: rows.len(),
            rows,
        }
    }
}

fn is_written(archive: &str, dist_info: &str) -> bool {
    let name = archive
        .strip_prefix(dist_info)
        .and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| WRITTEN.contains(&name))
}

fn invalid(wanted: &Wanted, reason: String) -> InstallError {
    InstallError::InvalidWheel {
        filename: wanted.filename.clone(),
        reason,
    }
}
