//! What is installed in a site: its `*.dist-info` folders, and what older tools left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use wheel::PackageName;
use wheel::program::{Reserved, reserved};
use wheel::record::RecordHash;
use wheel::version::coerce;

use super::cache::Care;
use super::rows::{MOST_RECORD, rows};
use super::site::{Place, Root, Site};
use super::{InstallError, Sha256Digest};

/// The largest small file (`INSTALLER`, `METADATA`, …) that is read, in bytes.
const MOST_TEXT: u64 = 16 << 20;
/// The file by which a package that was installed here is known again.
pub(crate) const ORIGIN: &str = "mochi.json";

/// An installed distribution, by its folder alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Its name.
    pub(crate) name: PackageName,
    /// Its version as spelled.
    pub(crate) version: String,
    /// Where its `.dist-info` (or `.egg-info`) is.
    pub(crate) place: Place,
}

/// The wheel that an installed package was made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Origin {
    /// The file name of the wheel.
    pub(crate) filename: String,
    /// Its digest.
    pub(crate) sha256: String,
}

/// A file of an installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstalledFile {
    pub(crate) place: Place,
    /// Its hash as `RECORD` writes it; empty where there is none.
    pub(crate) hash: String,
    pub(crate) size: Option<u64>,
}

/// Everything that is installed in a site, in order of name and place.
pub(crate) fn scan(site: &Site) -> Result<Vec<Installed>, InstallError> {
    let mut found = Vec::new();
    for root in site.libraries() {
        let folder = site.root(root);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(InstallError::disk("read", folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(InstallError::disk("read", folder))?;
            if let Some(name) = entry.file_name().to_str() {
                found.extend(installed(folder, root, name));
            }
        }
    }
    found.sort_by(|a, b| (&a.name, &a.place).cmp(&(&b.name, &b.place)));
    Ok(found)
}

/// Reads the name of a folder; only where it does not hold name and version, its metadata.
fn installed(folder: &Path, root: Root, entry: &str) -> Option<Installed> {
    let stem = entry
        .strip_suffix(".dist-info")
        .or_else(|| entry.strip_suffix(".egg-info"))
        .or_else(|| entry.strip_suffix(".egg-link"))?;
    let place = Place {
        root,
        path: entry.to_owned(),
    };
    if let Some((name, version)) = name_and_version(stem, entry.ends_with(".dist-info")) {
        return Some(Installed {
            name,
            version: version.to_owned(),
            place,
        });
    }
    let metadata = ["METADATA", "PKG-INFO", ""]
        .iter()
        .find_map(|file| read_text(&folder.join(entry).join(file)).ok().flatten());
    let field = |wanted: &str| {
        let head = metadata
            .as_deref()?
            .lines()
            .take_while(|line| !line.is_empty());
        let mut fields = head.filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
        Some(value.trim().to_owned())
    };
    let name = field("Name")
        .unwrap_or_else(|| stem.to_owned())
        .parse()
        .ok()?;
    Some(Installed {
        name,
        version: field("Version").unwrap_or_default(),
        place,
    })
}

/// The two parts of `name-version`. Old tools left a `-` in either; so the name is the shortest
/// after which the rest is a version. Behind that, an `.egg-info` may have `-py3.11`.
fn name_and_version(stem: &str, dist_info: bool) -> Option<(PackageName, &str)> {
    stem.match_indices('-').find_map(|(at, _)| {
        let version = &stem[at + 1..];
        let version = if dist_info {
            version
        } else {
            version.split("-py").next()?
        };
        coerce(version)?;
        Some((stem[..at].parse().ok()?, version))
    })
}

/// A text file, `None` if it is not there.
pub(crate) fn read_text(path: &Path) -> io::Result<Option<String>> {
    read_limited(path, MOST_TEXT)
}

fn read_limited(path: &Path, most: u64) -> io::Result<Option<String>> {
    let missing = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
        )
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if missing(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "unreasonably long",
        ));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

impl Installed {
    /// Its folder, absolute.
    pub(crate) fn folder(&self, site: &Site) -> PathBuf {
        site.path(&self.place)
    }

    /// The wheel it was made of, if it was installed here.
    pub(crate) fn origin(&self, site: &Site) -> Option<Origin> {
        let text = read_text(&self.folder(site).join(ORIGIN)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Its digest, if it was installed here.
    pub(crate) fn sha256(&self, site: &Site) -> Option<Sha256Digest> {
        self.origin(site)?.sha256.parse().ok()
    }

    /// Who installed it, if it says so.
    pub(crate) fn installer(&self, site: &Site) -> Option<String> {
        let text = read_text(&self.folder(site).join("INSTALLER")).ok()??;
        let text = text.lines().next().unwrap_or_default().trim();
        let known = !text.is_empty() && text.len() < 64 && !text.chars().any(char::is_control);
        known.then(|| text.to_owned())
    }

    /// Its `RECORD`, as text.
    ///
    /// # Errors
    /// [`InstallError::CannotRemove`] where there is none.
    pub(crate) fn record(&self, site: &Site) -> Result<String, InstallError> {
        let cannot = |why: &'static str| InstallError::CannotRemove {
            name: self.name.to_string(),
            installer: self.installer(site),
            path: self.folder(site),
            why,
        };
        if !self.place.path.ends_with(".dist-info") {
            return Err(cannot("is of an older kind that lists no files"));
        }
        let path = self.folder(site).join("RECORD");
        match read_limited(&path, MOST_RECORD) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(cannot("has no RECORD")),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(cannot("has a RECORD that is no text"))
            }
            Err(error) => Err(InstallError::disk("read", path)(error)),
        }
    }

    /// Its files, sorted by place. Every path is checked: none leads out of the site, and none is
    /// the interpreter itself.
    ///
    /// # Errors
    /// [`InstallError::CannotRemove`], [`InstallError::HostileRecord`].
    pub(crate) fn files(&self, site: &Site) -> Result<Vec<InstalledFile>, InstallError> {
        let text = self.record(site)?;
        let locator = site.locator(self.place.root);
        let hostile = |row: &str, why: &str| InstallError::HostileRecord {
            name: self.name.to_string(),
            path: self.folder(site),
            row: row.chars().take(200).collect(),
            why: why.to_owned(),
        };
        let mut files = Vec::new();
        for (number, row) in rows(&text).enumerate() {
            let row =
                row.ok_or_else(|| hostile(&format!("row {}", number + 1), "no row of a RECORD"))?;
            let place = locator
                .locate(&row.path)
                .ok_or_else(|| hostile(&row.path, "outside of the place it is installed in"))?;
            if let Some(why) = untouchable(&place) {
                return Err(hostile(&row.path, &why.to_string()));
            }
            files.push(InstalledFile {
                place,
                hash: row.hash.to_owned(),
                size: row.size,
            });
        }
        files.sort_by(|a, b| a.place.cmp(&b.place));
        files.dedup_by(|a, b| a.place == b.place);
        Ok(files)
    }

    /// What is wrong with its files; `None` if nothing is. Names and sizes are looked at, and the
    /// content of what was written to since `RECORD` was, or of all. Compiled files may be missing.
    pub(crate) fn damage(&self, site: &Site, care: Care) -> Option<String> {
        let Ok(text) = self.record(site) else {
            return Some("its RECORD is missing".to_owned());
        };
        let recorded = fs::metadata(self.folder(site).join("RECORD")).and_then(|it| it.modified());
        let recorded = recorded.ok();
        let locator = site.locator(self.place.root);
        let base = site.root(self.place.root).to_str()?.to_owned();
        let lines: Vec<&str> = text.lines().collect();
        // Large packages are looked through by all threads.
        lines.par_chunks(512).find_map_first(|lines| {
            let mut path = String::with_capacity(256);
            lines.iter().flat_map(|line| rows(line)).find_map(|row| {
                let Some(row) = row else {
                    return Some("its RECORD is unreadable".to_owned());
                };
                let size = row.size?;
                path.clear();
                if locator.is_direct(&row.path) {
                    path.push_str(&base);
                    path.push('/');
                    path.push_str(&row.path);
                } else {
                    let place = locator.locate(&row.path)?;
                    path.push_str(site.path(&place).to_str()?);
                }
                match fs::metadata(&path) {
                    Ok(metadata) => {
                        let read = care == Care::Thorough || metadata.modified().ok() >= recorded;
                        let changed = metadata.len() != size
                            || read && !is_recorded(Path::new(&path), row.hash).unwrap_or(false);
                        changed.then(|| format!("{} was changed", row.path))
                    }
                    Err(_) => Some(format!("{} is missing", row.path)),
                }
            })
        })
    }
}

/// Whether a file's content has the hash that its row of `RECORD` gives, or the row gives none
/// that is understood (`RECORD` itself and what Python compiled have none).
///
/// # Errors
/// What reading the file gives.
pub(crate) fn is_recorded(path: &Path, hash: &str) -> io::Result<bool> {
    match hash.parse::<RecordHash>() {
        Ok(hash) => Ok(hash.matches(&fs::read(path)?)),
        Err(_) => Ok(true),
    }
}

/// What no package may own: removing or replacing it would break the venv.
pub(crate) fn untouchable(place: &Place) -> Option<Reserved> {
    match place.root {
        Root::Scripts => reserved(&place.path).filter(|whose| *whose != Reserved::Pip),
        Root::Data
            if matches!(
                place.path.as_str(),
                "pyvenv.cfg" | "bin" | "lib" | "lib64" | "include" | "share"
            ) =>
        {
            Some(Reserved::Venv)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(folder: &Path) -> Site {
        Site::folder(folder, None, false).unwrap()
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_site_is_scanned_by_names() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        for name in [
            "Foo_Bar-1.0.dist-info",
            "a-1!2.0+l.dist-info",
            "old-2.0-py3.11.egg-info",
            "post-1.0-1.dist-info",
            "dash-ed-1.0.dist-info",
            "foo",
        ] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        write(
            &folder.join("noversion.dist-info/METADATA"),
            "Metadata-Version: 2.1\nName: No.Version\nVersion: 3\n\nName: x",
        );
        write(&folder.join("linked.egg-link"), "/somewhere\n.");
        write(&folder.join("-bad-.dist-info/x"), "");
        let found = scan(&site(folder)).unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|found| (found.name.as_str(), found.version.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("a", "1!2.0+l"),
                ("dash-ed", "1.0"),
                ("foo-bar", "1.0"),
                ("linked", ""),
                ("no-version", "3"),
                ("old", "2.0"),
                ("post", "1.0-1"),
            ]
        );
    }

    #[test]
    fn hostile_rows_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("site");
        let site = site(&folder);
        for (row, fragment) in [
            ("../outside.txt,,", "outside"),
            ("/etc/passwd,,", "outside"),
            ("a/../../outside.txt,,", "outside"),
            ("bin/python3.13,,", "interpreter"),
            ("bin/Activate.ps1,,", "venv"),
            ("bin/../bin/PYTHON,,", "interpreter"),
            ("a,b,c", "no row"),
        ] {
            write(
                &folder.join("bad-1.0.dist-info/RECORD"),
                &format!("a.py,,\n{row}\n"),
            );
            let error = scan(&site).unwrap()[0].files(&site).unwrap_err();
            assert!(
                matches!(error, InstallError::HostileRecord { .. }),
                "{row}: {error}"
            );
            assert!(error.to_string().contains(fragment), "{row}: {error}");
        }
        write(
            &folder.join("bad-1.0.dist-info/RECORD"),
            "bin/python-tool,,\nbin/activate-it,,\n",
        );
        assert_eq!(scan(&site).unwrap()[0].files(&site).unwrap().len(), 2);
    }

    #[test]
    fn what_cannot_be_removed_says_who_installed_it() {
        let root = tempfile::tempdir().unwrap();
        let site = site(root.path());
        write(&root.path().join("x-1.0.dist-info/INSTALLER"), "conda\n");
        let error = scan(&site).unwrap()[0]
            .files(&site)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("by conda") && error.contains("has no RECORD"),
            "{error}"
        );
        fs::remove_dir_all(root.path().join("x-1.0.dist-info")).unwrap();
        write(&root.path().join("y-1.0.egg-info"), "Name: y\n");
        let error = scan(&site).unwrap()[0].files(&site).unwrap_err();
        assert!(
            matches!(error, InstallError::CannotRemove { .. }),
            "{error}"
        );
    }

    #[test]
    fn damage_is_a_missing_file_another_size_or_a_later_change() {
        let root = tempfile::tempdir().unwrap();
        let site = site(root.path());
        write(
            &root.path().join("x-1.0.dist-info/RECORD"),
            "x.py,sha256=q,3\n__pycache__/x.pyc,,\nbin/x,sha256=q,2\n",
        );
        write(&root.path().join("x.py"), "abc");
        write(&root.path().join("bin/x"), "ab");
        let found = &scan(&site).unwrap()[0];
        assert_eq!(found.damage(&site, Care::Quick), None);
        write(&root.path().join("bin/x"), "abc");
        assert_eq!(
            found.damage(&site, Care::Quick).unwrap(),
            "bin/x was changed"
        );
        fs::remove_file(root.path().join("bin/x")).unwrap();
        assert_eq!(
            found.damage(&site, Care::Quick).unwrap(),
            "bin/x is missing"
        );
        write(&root.path().join("bin/x"), "ab");
        let hash = RecordHash::sha256_of(b"abc");
        let record = root.path().join("x-1.0.dist-info/RECORD");
        write(&record, &format!("x.py,{hash},3\n"));
        assert_eq!(found.damage(&site, Care::Quick), None);
        write(&root.path().join("x.py"), "ABC");
        assert_eq!(
            found.damage(&site, Care::Quick).unwrap(),
            "x.py was changed"
        );
        fs::remove_file(root.path().join("x-1.0.dist-info/RECORD")).unwrap();
        assert!(found.damage(&site, Care::Quick).unwrap().contains("RECORD"));
    }
}
