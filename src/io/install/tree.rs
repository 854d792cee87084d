//! A folder tree as a sorted list of the paths of its files.

use std::collections::BTreeMap;

/// The files below a folder: paths with `/`, sorted, all of which begin with the folder's path.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tree<'a> {
    paths: &'a [&'a str],
    /// How many bytes the folder's path has, with its `/`.
    depth: usize,
}

/// Something in a folder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node<'a> {
    File,
    Folder(Tree<'a>),
}

impl<'a> Tree<'a> {
    /// The tree of these paths, which are sorted.
    pub(crate) fn new(paths: &'a [&'a str]) -> Self {
        debug_assert!(paths.is_sorted());
        Self { paths, depth: 0 }
    }

    /// What is in the folder itself, by name. Where the paths name one thing as a file and as a
    /// folder, it is a folder.
    pub(crate) fn children(self) -> BTreeMap<&'a str, Node<'a>> {
        let mut children = BTreeMap::new();
        let mut rest = self.paths;
        while let Some(first) = rest.first() {
            let below = &first[self.depth..];
            let Some((name, _)) = below.split_once('/') else {
                children.entry(below).or_insert(Node::File);
                rest = &rest[1..];
                continue;
            };
            let start = &first[..self.depth + name.len() + 1];
            let count = rest.partition_point(|path| path.starts_with(start));
            let tree = Tree {
                paths: &rest[..count.max(1)],
                depth: start.len(),
            };
            children.insert(name, Node::Folder(tree));
            rest = &rest[count.max(1)..];
        }
        children
    }

    /// Whether the folder itself holds a file of this name.
    pub(crate) fn has_file(self, name: &str) -> bool {
        let order = |path: &&str| path[self.depth..].cmp(name);
        self.paths.binary_search_by(order).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tree: Tree<'_>) -> String {
        let children = tree.children().into_iter().map(|(name, node)| match node {
            Node::File => name.to_owned(),
            Node::Folder(tree) => format!("{name}({})", shown(tree)),
        });
        children.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn sorted_paths_are_a_tree() {
        let mut paths = [
            "a/b/c", "a/b/d", "a-b/x", "a.py", "a/b.py", "a0", "z/y/x/w", "a/b-c/q",
        ];
        paths.sort_unstable();
        assert_eq!(
            shown(Tree::new(&paths)),
            "a(b(c d) b-c(q) b.py) a-b(x) a.py a0 z(y(x(w)))"
        );
        assert_eq!(shown(Tree::new(&[])), "");
    }

    #[test]
    fn files_are_found_by_name() {
        let paths = ["a.py", "a/b.py", "a/b/c.py"];
        let tree = Tree::new(&paths);
        assert!(tree.has_file("a.py") && !tree.has_file("a") && !tree.has_file("b.py"));
        let Node::Folder(a) = tree.children()["a"] else {
            panic!()
        };
        assert!(a.has_file("b.py") && !a.has_file("b") && !a.has_file("a.py"));
    }

    #[test]
    fn a_path_that_is_both_is_a_folder() {
        let paths = ["a", "a/b"];
        assert_eq!(shown(Tree::new(&paths)), "a(b)");
    }
}
