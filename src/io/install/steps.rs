//! The renames that turn the old files of a package into the new ones.
//!
//! A folder that belongs to one package alone is renamed whole, however many files it has; in a
//! folder that is shared (a namespace package, `bin`, a folder with somebody's own files in it),
//! each file and each inner folder is renamed for itself. What belongs to nobody stays, except
//! the compiled files of modules that go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use wheel::PackageName;

use super::InstallError;
use super::claims::Claims;
use super::journal::{Ground, PackageSteps, Spot, Step, inode_of};
use super::site::{Place, Root};
use super::tree::{Node, Tree};

/// What happens to one package.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) name: &'a PackageName,
    /// Its place among the packages of the transaction, for [`Claims`]; a number of its own for a
    /// package that goes.
    pub(crate) index: usize,
    /// The new files by root, sorted, without the `.dist-info`.
    pub(crate) new: BTreeMap<Root, Vec<&'a str>>,
    /// The old files that no other package has, by root, sorted.
    pub(crate) old: BTreeMap<Root, Vec<&'a str>>,
    /// Where the new `.dist-info` goes.
    pub(crate) new_info: Option<&'a Place>,
    /// The old `.dist-info` folders.
    pub(crate) old_infos: Vec<&'a Place>,
}

/// What is needed to plan the renames of a package.
#[derive(Clone, Copy)]
pub(crate) struct Planner<'a> {
    pub(crate) ground: &'a Ground<'a>,
    pub(crate) claims: &'a Claims<'a>,
    /// Says what to do with a file that belongs to no package and is in the way of one: `true`
    /// replaces it.
    pub(crate) replace_strangers: &'a (dyn Fn(&Place) -> bool + Sync),
    /// Whether a file belongs to a package that goes or is replaced.
    pub(crate) is_old: &'a (dyn Fn(&Place) -> bool + Sync),
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    File,
    Folder,
    /// A link to a folder: what is in it may be ours, the link is not.
    LinkedFolder,
}

/// Plans one package.
struct Walk<'a, 'b> {
    planner: Planner<'a>,
    change: &'b Change<'a>,
    root: Root,
    steps: Vec<Step>,
    prune: BTreeSet<(Root, String)>,
    aside: usize,
}

/// The path in the staging folder of what a package brings.
pub(crate) fn staged_path(index: usize, root: Root, path: &str) -> String {
    let letter = match root {
        Root::Purelib => 'l',
        Root::Platlib => 'p',
        Root::Scripts => 's',
        Root::Headers => 'h',
        Root::Data => 'd',
    };
    if path.is_empty() {
        format!("{index}/{letter}")
    } else {
        format!("{index}/{letter}/{path}")
    }
}

/// The renames for one package, in this order: superfluous `.dist-info` folders go, the code and
/// everything else is put in place, and the `.dist-info` last. So a package that is new is seen
/// by its metadata only when it is whole, and one that goes is seen no more before it is broken.
/// One that is replaced always has metadata, the old or the new.
///
/// # Errors
/// [`InstallError::InTheWay`], [`InstallError::Disk`].
pub(crate) fn plan(
    planner: Planner<'_>,
    change: &Change<'_>,
) -> Result<PackageSteps, InstallError> {
    let mut walk = Walk {
        planner,
        change,
        root: Root::Purelib,
        steps: Vec::new(),
        prune: BTreeSet::new(),
        aside: 0,
    };
    let kept = walk.retire_infos();
    for root in Root::ALL {
        let empty = Vec::new();
        let new = change.new.get(&root).unwrap_or(&empty);
        let old = change.old.get(&root).unwrap_or(&empty);
        if !new.is_empty() || !old.is_empty() {
            walk.root = root;
            walk.folder("", Tree::new(new), Tree::new(old))?;
        }
    }
    if let Some(new) = change.new_info {
        walk.place_info(new, kept);
    }
    let mut prune: Vec<Spot> = walk
        .prune
        .into_iter()
        .map(|(root, path)| Spot::Site(root, path))
        .collect();
    prune.reverse();
    Ok(PackageSteps {
        name: change.name.to_string(),
        steps: walk.steps,
        prune,
    })
}

impl<'a> Walk<'a, '_> {
    /// Lets the `.dist-info` folders go that the new one does not take the place of, and gives
    /// back the one that it does.
    fn retire_infos(&mut self) -> Option<&'a Place> {
        let new = self.change.new_info;
        let same = |old: &&&Place| Some(**old) == new;
        let kept = new.and_then(|new| {
            let neighbour = |old: &&&Place| old.root == new.root;
            let infos = &self.change.old_infos;
            infos
                .iter()
                .find(same)
                .or_else(|| infos.iter().find(neighbour))
                .copied()
        });
        for old in self
            .change
            .old_infos
            .iter()
            .filter(|old| Some(**old) != kept)
        {
            self.root = old.root;
            self.retire(&old.path);
        }
        kept
    }

    /// Puts the new `.dist-info` in place of an old one: there is one at every moment, and it
    /// takes its new name last.
    fn place_info(&mut self, new: &Place, old: Option<&Place>) {
        self.root = new.root;
        match old {
            Some(old) if cfg!(unix) || old == new => {
                let from = self.staged(&new.path);
                self.push_swap(from.clone(), &old.path);
                if old != new {
                    self.steps.push(Step {
                        inode: inode_of(&self.planner.ground.path(&from)),
                        from: Spot::Site(old.root, old.path.clone()),
                        to: Spot::Site(new.root, new.path.clone()),
                        aside: None,
                    });
                }
            }
            Some(old) => {
                self.retire(&old.path);
                self.bring(&new.path);
            }
            None if self.there(&new.path) == There::Nothing => self.bring(&new.path),
            None => {
                let from = self.staged(&new.path);
                self.push_swap(from, &new.path);
            }
        }
    }

    fn folder(&mut self, folder: &str, new: Tree<'_>, old: Tree<'_>) -> Result<(), InstallError> {
        let mut names: BTreeMap<&str, (Option<Node<'_>>, Option<Node<'_>>)> = BTreeMap::new();
        for (name, node) in new.children() {
            names.entry(name).or_default().0 = Some(node);
        }
        for (name, node) in old.children() {
            names.entry(name).or_default().1 = Some(node);
        }
        let mut modules_go = false;
        for (name, (new_node, old_node)) in names {
            let path = join(folder, name);
            modules_go |= name.ends_with(".py") && matches!(old_node, Some(Node::File));
            match new_node {
                Some(Node::File) => self.new_file(&path, old_node, old)?,
                Some(Node::Folder(tree)) => self.new_folder(&path, tree, old_node, old)?,
                None => self.old_only(&path, old_node, old)?,
            }
        }
        if modules_go {
            self.retire_compiled(folder, new, old);
        }
        Ok(())
    }

    fn new_file(
        &mut self,
        path: &str,
        old: Option<Node<'_>>,
        around: Tree<'_>,
    ) -> Result<(), InstallError> {
        if self
            .planner
            .claims
            .others_bring(self.change.index, self.root, path)
        {
            // The same file of another package: that one places it.
            return Ok(());
        }
        match self.there(path) {
            There::Nothing => self.bring(path),
            There::File => {
                let stranger =
                    old.is_none() && !(self.planner.replace_strangers)(&self.place(path));
                if stranger && !self.is_equal(path) {
                    return Err(self.in_the_way(path));
                }
                self.swap(path);
            }
            There::Folder if self.is_own(path, folder_of(old), around) || self.is_old(path) => {
                self.swap(path)
            }
            There::Folder | There::LinkedFolder => return Err(self.in_the_way(path)),
        }
        Ok(())
    }

    fn new_folder(
        &mut self,
        path: &str,
        new: Tree<'_>,
        old: Option<Node<'_>>,
        around: Tree<'_>,
    ) -> Result<(), InstallError> {
        let shared = self
            .planner
            .claims
            .others_use(self.change.index, self.root, path);
        match self.there(path) {
            There::Nothing if !shared => self.bring(path),
            There::Nothing | There::LinkedFolder => self.folder(path, new, folder_of(old))?,
            There::Folder if !shared && self.is_own(path, folder_of(old), around) => {
                self.swap(path)
            }
            There::Folder => self.folder(path, new, folder_of(old))?,
            There::File if matches!(old, Some(Node::File)) && !shared => self.swap(path),
            There::File if !(self.planner.is_old)(&self.place(path)) => {
                return Err(self.in_the_way(path));
            }
            There::File => {
                self.retire(path);
                self.folder_anew(path, new);
            }
        }
        Ok(())
    }

    /// A shared folder where a file stands until then.
    fn folder_anew(&mut self, folder: &str, new: Tree<'_>) {
        for (name, node) in new.children() {
            let path = join(folder, name);
            let (index, claims) = (self.change.index, self.planner.claims);
            match node {
                Node::File if claims.others_bring(index, self.root, &path) => {}
                Node::Folder(tree) if claims.others_use(index, self.root, &path) => {
                    self.folder_anew(&path, tree)
                }
                Node::File | Node::Folder(_) => self.bring(&path),
            }
        }
    }

    fn old_only(
        &mut self,
        path: &str,
        old: Option<Node<'_>>,
        around: Tree<'_>,
    ) -> Result<(), InstallError> {
        match (old, self.there(path)) {
            (None, _) | (_, There::Nothing) => {}
            (Some(Node::File), There::File) => {
                self.retire(path);
                self.prune_above(path);
            }
            (Some(Node::Folder(old)), There::Folder) => {
                let shared = self
                    .planner
                    .claims
                    .others_use(self.change.index, self.root, path);
                if !shared && self.is_own(path, old, around) {
                    self.retire(path);
                    self.prune_above(path);
                } else {
                    self.folder(path, Tree::default(), old)?;
                }
            }
            (Some(Node::Folder(old)), There::LinkedFolder) => {
                self.folder(path, Tree::default(), old)?
            }
            // Somebody has put something else there: it is not what was installed.
            (Some(Node::File), There::Folder | There::LinkedFolder)
            | (Some(Node::Folder(_)), There::File) => {}
        }
        Ok(())
    }

    /// Lets the compiled files of the old modules of a folder go.
    fn retire_compiled(&mut self, folder: &str, new: Tree<'_>, old: Tree<'_>) {
        let cache = join(folder, "__pycache__");
        let listed = |tree: Tree<'_>| tree.children().contains_key("__pycache__");
        if listed(new) || listed(old) || self.there(&cache) != There::Folder {
            return;
        }
        if self.is_own(&cache, Tree::default(), old) {
            self.retire(&cache);
            self.prune_above(&cache);
            return;
        }
        for name in names_in(&self.path(&cache)) {
            if is_compiled_of(&name, old) {
                self.retire(&join(&cache, &name));
            }
        }
    }

    /// Whether everything in a folder of the site is of this package: a file of its list, or a
    /// compiled file of one of its modules. `around` is what it has in the folder above.
    fn is_own(&self, path: &str, own: Tree<'_>, around: Tree<'_>) -> bool {
        let compiled = path.rsplit('/').next() == Some("__pycache__");
        let Ok(entries) = fs::read_dir(self.path(path)) else {
            return false;
        };
        let children = own.children();
        entries.into_iter().all(|entry| {
            let Ok(entry) = entry else { return false };
            let Ok(kind) = entry.file_type() else {
                return false;
            };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return false;
            };
            match children.get(name) {
                Some(Node::Folder(tree)) if kind.is_dir() => {
                    self.is_own(&join(path, name), *tree, own)
                }
                Some(Node::File) => !kind.is_dir(),
                Some(Node::Folder(_)) => false,
                None if kind.is_dir() => self.is_own(&join(path, name), Tree::default(), own),
                None => compiled && is_compiled_of(name, around),
            }
        })
    }

    /// Whether everything in a folder is of packages that go or are replaced.
    fn is_old(&self, path: &str) -> bool {
        let Ok(entries) = fs::read_dir(self.path(path)) else {
            return false;
        };
        entries.into_iter().all(|entry| {
            let Ok(entry) = entry else { return false };
            let Ok(name) = entry.file_name().into_string() else {
                return false;
            };
            let path = join(path, &name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.is_old(&path),
                Ok(_) => (self.planner.is_old)(&self.place(&path)),
                Err(_) => false,
            }
        })
    }

    fn is_equal(&self, path: &str) -> bool {
        same_content(
            &self.planner.ground.path(&self.staged(path)),
            &self.path(path),
        )
        .unwrap_or(false)
    }

    fn bring(&mut self, path: &str) {
        let from = self.staged(path);
        self.steps.push(Step {
            inode: inode_of(&self.planner.ground.path(&from)),
            from,
            to: Spot::Site(self.root, path.to_owned()),
            aside: None,
        });
    }

    fn swap(&mut self, path: &str) {
        let from = self.staged(path);
        self.push_swap(from, path);
    }

    fn push_swap(&mut self, from: Spot, path: &str) {
        let inode = inode_of(&self.planner.ground.path(&from));
        if inode.is_some() && inode == inode_of(&self.path(path)) {
            // Hard links of one file: it is there already.
            return;
        }
        let aside = Some(self.next_aside());
        self.steps.push(Step {
            from,
            to: Spot::Site(self.root, path.to_owned()),
            aside,
            inode,
        });
    }

    fn retire(&mut self, path: &str) {
        let from = Spot::Site(self.root, path.to_owned());
        let to = self.next_aside();
        let inode = inode_of(&self.planner.ground.path(&from));
        self.steps.push(Step {
            from,
            to,
            aside: None,
            inode,
        });
    }

    fn next_aside(&mut self) -> Spot {
        self.aside += 1;
        let path = format!("old/{}-{}", self.change.index, self.aside);
        Spot::Staged(self.root, path)
    }

    fn prune_above(&mut self, path: &str) {
        let mut rest = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            if !self.prune.insert((self.root, folder.to_owned())) {
                return;
            }
            rest = folder;
        }
        if matches!(self.root, Root::Scripts | Root::Headers) {
            self.prune.insert((self.root, String::new()));
        }
    }

    fn staged(&self, path: &str) -> Spot {
        Spot::Staged(self.root, staged_path(self.change.index, self.root, path))
    }

    fn place(&self, path: &str) -> Place {
        Place {
            root: self.root,
            path: path.to_owned(),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.planner.ground.site.root(self.root).join(path)
    }

    fn there(&self, path: &str) -> There {
        let path = self.path(path);
        match fs::symlink_metadata(&path) {
            Err(_) => There::Nothing,
            Ok(metadata) if metadata.is_dir() => There::Folder,
            Ok(metadata) if metadata.is_symlink() && path.is_dir() => There::LinkedFolder,
            Ok(_) => There::File,
        }
    }

    fn in_the_way(&self, path: &str) -> InstallError {
        InstallError::InTheWay {
            package: self.change.name.clone(),
            path: self.path(path),
        }
    }
}

fn folder_of(node: Option<Node<'_>>) -> Tree<'_> {
    match node {
        Some(Node::Folder(tree)) => tree,
        Some(Node::File) | None => Tree::default(),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether `x.cpython-313.pyc` was compiled from an `x.py` of the tree.
fn is_compiled_of(name: &str, modules: Tree<'_>) -> bool {
    let module = name
        .strip_suffix(".pyc")
        .and_then(|stem| stem.split('.').next());
    module.is_some_and(|module| modules.has_file(&format!("{module}.py")))
}

fn same_content(a: &Path, b: &Path) -> std::io::Result<bool> {
    const MOST: u64 = 64 << 20;
    let size = fs::metadata(a)?.len();
    if size != fs::metadata(b)?.len() || size > MOST {
        return Ok(false);
    }
    let read = |path: &Path| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Ok(read(a)? == read(b)?)
}
