//! The walk over the old and the new files of a package, beside what is on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::InstallError;
use super::journal::{PackageSteps, Spot, Step, inode_of};
use super::look::{There, is_all, is_compiled_of, is_own, join, names_in, same_content};
use super::site::{Place, Root};
use super::steps::{Change, Planner, staged_path};
use super::tree::{Node, Tree};

/// Plans one package.
pub(crate) struct Walk<'a, 'b> {
    planner: Planner<'a>,
    change: &'b Change<'a>,
    root: Root,
    steps: Vec<Step>,
    prune: BTreeSet<(Root, String)>,
    aside: usize,
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(crate) fn new(planner: Planner<'a>, change: &'b Change<'a>) -> Self {
        let (steps, prune) = (Vec::new(), BTreeSet::new());
        Self {
            planner,
            change,
            root: Root::Purelib,
            steps,
            prune,
            aside: 0,
        }
    }

    pub(crate) fn finish(self) -> PackageSteps {
        let prune = self
            .prune
            .into_iter()
            .rev()
            .map(|(root, path)| Spot::Site(root, path));
        PackageSteps {
            name: self.change.name.to_string(),
            steps: self.steps,
            prune: prune.collect(),
        }
    }

    /// Lets the `.dist-info` folders go that the new one does not take the place of, and gives
    /// back the one that it does.
    pub(crate) fn retire_infos(&mut self) -> Option<&'a Place> {
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
    pub(crate) fn place_info(&mut self, new: &Place, old: Option<&Place>) {
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

    /// Plans everything below a root.
    pub(crate) fn root(&mut self, root: Root) -> Result<(), InstallError> {
        let (new, old) = (self.change.new.get(&root), self.change.old.get(&root));
        let paths = |paths: Option<&'b Vec<&'a str>>| paths.map_or(&[][..], Vec::as_slice);
        let (new, old) = (paths(new), paths(old));
        if new.is_empty() && old.is_empty() {
            return Ok(());
        }
        self.root = root;
        self.folder("", Tree::new(new), Tree::new(old))
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

    /// Whether everything in a folder of the site is of this package.
    fn is_own(&self, path: &str, own: Tree<'_>, around: Tree<'_>) -> bool {
        is_own(&self.path(path), own, around)
    }

    /// Whether everything in a folder of the site is of packages that go or are replaced.
    fn is_old(&self, path: &str) -> bool {
        let is_old = |path: &str| (self.planner.is_old)(&self.place(path));
        is_all(&self.path(path), path, &is_old)
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
        There::at(&self.path(path))
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
