//! Which package of a transaction has a say in which file and folder.

use std::collections::HashMap;

use wheel::PackageName;

use super::installed::InstalledFile;
use super::site::{Place, Root};
use super::stage::NewFile;
use super::{InstallError, Sha256Digest};

/// The files of one package, for comparison with those of others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) name: &'a PackageName,
    /// What it will consist of, sorted.
    pub(crate) files: &'a [NewFile],
    /// What it consists of until then, sorted.
    pub(crate) old: &'a [InstalledFile],
}

/// Files and folders that more than one package puts something into.
///
/// Most packages have their top-level folders to themselves: those are told apart by name alone,
/// and only what is below a shared one is looked at file by file.
#[derive(Debug, Default)]
pub(crate) struct Claims<'a> {
    /// Below shared top-level names: the one package of a folder, or `None` for several.
    folders: HashMap<(Root, &'a str), Option<usize>>,
    /// The same for files, by the package whose file it will be: of several, the last.
    files: HashMap<(Root, &'a str), (usize, Sha256Digest)>,
    /// Files that several packages hold with different content.
    collisions: Vec<Collision<'a>>,
}

/// A file that two packages hold with different content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collision<'a> {
    /// The package whose file it will be.
    pub(crate) winner: usize,
    /// The other.
    pub(crate) loser: usize,
    pub(crate) path: &'a str,
}

impl<'a> Claims<'a> {
    /// Looks through the files of all packages of a transaction, those that stay included.
    pub(crate) fn new(packages: &[Content<'a>]) -> Self {
        let mut tops: HashMap<(Root, &str), Option<usize>> = HashMap::new();
        for (index, package) in packages.iter().enumerate() {
            let new = tops_of(package.files.iter().map(|file| &file.place));
            let old = tops_of(package.old.iter().map(|file| &file.place));
            for top in new.chain(old) {
                let owner = tops.entry(top).or_insert(Some(index));
                *owner = owner.filter(|one| *one == index);
            }
        }
        let mut claims = Self::default();
        for (index, package) in packages.iter().enumerate().rev() {
            for file in package.files {
                let path = file.place.path.as_str();
                if tops.get(&(file.place.root, top(path))) == Some(&None) {
                    claims.file(index, file);
                    claims.folders_of(index, file.place.root, path);
                }
            }
        }
        claims.collisions.reverse();
        claims
    }

    fn file(&mut self, index: usize, file: &'a NewFile) {
        let path = file.place.path.as_str();
        let (winner, sha256) = *self
            .files
            .entry((file.place.root, path))
            .or_insert((index, file.sha256));
        if sha256 != file.sha256 {
            self.collisions.push(Collision {
                winner,
                loser: index,
                path,
            });
        }
    }

    fn folders_of(&mut self, index: usize, root: Root, path: &'a str) {
        let mut rest = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            match self.folders.get_mut(&(root, folder)) {
                // This package's own: so are those above, or they are shared already.
                Some(Some(owner)) if *owner == index => return,
                Some(owner) => *owner = None,
                None => {
                    self.folders.insert((root, folder), Some(index));
                }
            }
            rest = folder;
        }
    }

    /// Whether another package than `index` puts something into a folder.
    pub(crate) fn others_use(&self, index: usize, root: Root, folder: &str) -> bool {
        self.folders
            .get(&(root, folder))
            .is_some_and(|owner| *owner != Some(index))
    }

    /// The one package that puts something into a folder below a shared top-level name.
    pub(crate) fn only_user(&self, root: Root, folder: &str) -> Option<usize> {
        self.folders.get(&(root, folder)).copied().flatten()
    }

    /// Whether another package than `index` brings a file.
    pub(crate) fn others_bring(&self, index: usize, root: Root, path: &str) -> bool {
        self.files
            .get(&(root, path))
            .is_some_and(|(owner, _)| *owner != index)
    }

    /// The files that two packages hold with different content, in order.
    pub(crate) fn collisions(&self) -> &[Collision<'a>] {
        &self.collisions
    }
}

impl Collision<'_> {
    /// The error that says so.
    pub(crate) fn error(&self, packages: &[Content<'_>]) -> InstallError {
        let mut names = [
            packages[self.loser].name.clone(),
            packages[self.winner].name.clone(),
        ];
        names.sort();
        let [first, second] = names;
        InstallError::Collision {
            first,
            second,
            path: self.path.to_owned(),
        }
    }
}

fn top(path: &str) -> &str {
    path.split_once('/').map_or(path, |(top, _)| top)
}

/// The top-level names of sorted places, each once.
fn tops_of<'a>(places: impl Iterator<Item = &'a Place>) -> impl Iterator<Item = (Root, &'a str)> {
    let mut last = None;
    places.filter_map(move |place| {
        let this = Some((place.root, top(&place.path)));
        (this != last).then(|| last = this).and(this)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[(&str, u8)]) -> Vec<NewFile> {
        let file = |(path, content): &(&str, u8)| NewFile {
            place: Place {
                root: Root::Purelib,
                path: (*path).to_owned(),
            },
            sha256: Sha256Digest([*content; 32]),
        };
        let mut files: Vec<NewFile> = paths.iter().map(file).collect();
        files.sort_by(|a, b| a.place.cmp(&b.place));
        files
    }

    fn content<'a>(name: &'a PackageName, files: &'a [NewFile]) -> Content<'a> {
        Content {
            name,
            files,
            old: &[],
        }
    }

    #[test]
    fn folders_and_files_know_whether_others_use_them() {
        let (a, b): (PackageName, PackageName) = ("a".parse().unwrap(), "b".parse().unwrap());
        let first = files(&[
            ("ns/a/x.py", 1),
            ("ns/__init__.py", 0),
            ("own/x.py", 1),
            ("ns/deep/er/a.py", 1),
        ]);
        let second = files(&[
            ("ns/b/x.py", 1),
            ("ns/__init__.py", 0),
            ("ns/deep/er/b.py", 1),
        ]);
        let packages = [content(&a, &first), content(&b, &second)];
        let claims = Claims::new(&packages);
        let shared: Vec<bool> = ["ns", "ns/a", "ns/deep", "ns/deep/er", "own", "ns/b"]
            .iter()
            .map(|folder| claims.others_use(0, Root::Purelib, folder))
            .collect();
        assert_eq!(shared, [true, false, true, true, false, true]);
        assert!(!claims.others_use(0, Root::Scripts, "ns"));
        assert!(claims.others_bring(0, Root::Purelib, "ns/__init__.py"));
        assert!(!claims.others_bring(1, Root::Purelib, "ns/__init__.py"));
        assert_eq!(claims.collisions(), []);
    }

    #[test]
    fn a_file_that_moves_to_another_package_is_seen() {
        let (a, b): (PackageName, PackageName) = ("a".parse().unwrap(), "b".parse().unwrap());
        let place = |path: &str| Place {
            root: Root::Purelib,
            path: path.to_owned(),
        };
        let old = [InstalledFile {
            place: place("x.py"),
            hash: String::new(),
            size: None,
        }];
        let new = files(&[("x.py", 1)]);
        let packages = [
            content(&a, &new),
            Content {
                name: &b,
                files: &[],
                old: &old,
            },
        ];
        assert!(Claims::new(&packages).others_bring(1, Root::Purelib, "x.py"));
        let apart = [content(&a, &new), content(&b, &[])];
        assert!(!Claims::new(&apart).others_bring(1, Root::Purelib, "x.py"));
    }

    #[test]
    fn only_different_content_collides() {
        let (a, b): (PackageName, PackageName) = ("a".parse().unwrap(), "b".parse().unwrap());
        let first = files(&[("x/same.py", 1), ("x/other.py", 1)]);
        let second = files(&[("x/same.py", 1), ("x/other.py", 2)]);
        let packages = [content(&a, &first), content(&b, &second)];
        let claims = Claims::new(&packages);
        assert_eq!(
            claims.collisions(),
            [Collision {
                winner: 1,
                loser: 0,
                path: "x/other.py"
            }]
        );
        let error = claims.collisions()[0].error(&packages).to_string();
        assert!(
            error.starts_with("a and b both bring the file x/other.py"),
            "{error}"
        );
    }
}
