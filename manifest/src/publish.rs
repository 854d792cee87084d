//! `[package]` and `[python.publish]`: what distributions are made of, as the manifest has it.
//!
//! Only the types of the values are checked here, and gathered: whoever builds wants to hear of all
//! mistakes at once, and other commands of none.

use toml_doc::{Document, Invalid, Node, Table};

/// A value of the manifest, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// A place in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as errors name it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The dotted path of the key.
    pub key: String,
}

impl Place {
    /// A mistake in this place.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Invalid {
        Invalid {
            file: self.file.clone(),
            line: self.line,
            key: self.key.clone(),
            message: message.into(),
            hint: None,
        }
    }

    fn of(node: &Node<'_>) -> Self {
        let Invalid {
            file, line, key, ..
        } = node.error(String::new());
        Self { file, line, key }
    }
}

impl<T> Given<T> {
    /// A mistake in this value.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Invalid {
        self.place.error(message)
    }
}

/// Text of the manifest.
pub type Text = Given<String>;

/// What `[package]` and `[python.publish]` say about the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// `[package]`, or the file where there is none: where what is missing would stand.
    pub package: Place,
    /// `[python.publish] distribution-name`, else `[package] name`.
    pub name: Option<Text>,
    /// `[package] version`.
    pub version: Option<Text>,
    /// `[package] description`.
    pub description: Option<Text>,
    /// `[python.publish] license-expression`, else `[package] license`.
    pub license: Option<Text>,
    /// `[python.publish] license-files`: globs; `None` for the usual names.
    pub license_files: Option<Vec<Text>>,
    /// `[package] authors`.
    pub authors: Vec<Text>,
    /// `[package] keywords`.
    pub keywords: Vec<Text>,
    /// `[package] readme`: a path.
    pub readme: Option<Text>,
    /// `[python.publish.urls]`, and `homepage`, `documentation` and `repository` of `[package]`, in
    /// the order of the file: labels with URLs.
    pub urls: Vec<(String, Text)>,
    /// `[python.publish] source`: the folder of the Python tree.
    pub source: Option<Text>,
    /// `[python.publish] wheel-tags`; `None` where it is not there.
    pub wheel_tags: Option<Vec<Text>>,
    /// `[python.publish] trove-classifiers`.
    pub classifiers: Vec<Text>,
    /// `[python.publish.scripts]`: names of programs with `module:function`.
    pub scripts: Vec<(String, Text)>,
    /// `[python.publish] import-names` (PEP 794); `None` where it is not there.
    pub import_names: Option<Vec<Text>>,
    /// `[python.publish.native]`: extension modules by the name they are imported by.
    pub native: Vec<(String, Native)>,
    /// What is not of the type that it should be, or not known.
    pub invalid: Vec<Invalid>,
}

/// An extension module that is compiled for Pyodide: one table of `[python.publish.native]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    /// The table.
    pub place: Place,
    /// `sources`: files of C and C++; none for a crate.
    pub sources: Vec<Text>,
    /// `include-dirs`: folders with headers.
    pub include_dirs: Vec<Text>,
    /// `defines`: macros, `NAME` or `NAME=VALUE`.
    pub defines: Vec<Text>,
    /// `crate`: the folder of a crate of Rust.
    pub krate: Option<Text>,
    /// `features`: features of the crate.
    pub features: Vec<Text>,
    /// `limited-api`: the oldest CPython minor of the stable ABI that is used, `3.12`; `None` for
    /// the full API.
    pub limited_api: Option<Given<(u32, u32)>>,
}

/// The folder of the Python tree where `source` does not say.
const SOURCE: &str = "build/python";

const KEYS: [&str; 10] = [
    "distribution-name",
    "source",
    "wheel-tags",
    "license-expression",
    "license-files",
    "trove-classifiers",
    "import-names",
    "scripts",
    "native",
    "urls",
];

const NATIVE_KEYS: [&str; 6] = [
    "sources",
    "include-dirs",
    "defines",
    "crate",
    "features",
    "limited-api",
];

/// Keys of `[package]` that are addresses, with the labels that indexes know.
const ADDRESSES: [(&str, &str); 3] = [
    ("homepage", "Homepage"),
    ("documentation", "Documentation"),
    ("repository", "Repository"),
];

impl Publish {
    /// Reads the two tables.
    pub(crate) fn read(document: &Document) -> Self {
        let root = document.root();
        let mut reader = Reader {
            invalid: Vec::new(),
        };
        let package = reader.table(&root, "package");
        let python = reader.table(&root, "python");
        let publish = python.and_then(|table| reader.table(&table, "publish"));
        let place = match root.get("package") {
            Some(node) => Place::of(&node),
            None => Place {
                key: "package".to_owned(),
                ..Place::of_root(&root)
            },
        };
        let mut read = Self {
            package: place,
            ..Self::empty()
        };
        if let Some(package) = &package {
            read.read_package(package, &mut reader);
        }
        if let Some(publish) = &publish {
            read.read_publish(publish, &mut reader);
        }
        read.invalid = reader.invalid;
        read
    }

    /// The folder of the Python tree: `source`, or where the Mochi backend puts it.
    #[must_use]
    pub fn source(&self) -> &str {
        self.source.as_ref().map_or(SOURCE, |source| &source.value)
    }

    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self {
            package: Place {
                file: String::new(),
                line: 1,
                key: "package".to_owned(),
            },
            name: None,
            version: None,
            description: None,
            license: None,
            license_files: None,
            authors: Vec::new(),
            keywords: Vec::new(),
            readme: None,
            urls: Vec::new(),
            source: None,
            wheel_tags: None,
            classifiers: Vec::new(),
            scripts: Vec::new(),
            import_names: None,
            native: Vec::new(),
            invalid: Vec::new(),
        }
    }

    fn read_package(&mut self, package: &Table<'_>, reader: &mut Reader) {
        self.name = reader.text(package, "name");
        self.version = reader.text(package, "version");
        self.description = reader.text(package, "description");
        self.license = reader.text(package, "license");
        self.authors = reader.texts(package, "authors").unwrap_or_default();
        self.keywords = reader.texts(package, "keywords").unwrap_or_default();
        self.readme = reader.text(package, "readme");
        for (key, label) in ADDRESSES {
            let url = reader.text(package, key);
            self.urls.extend(url.map(|url| (label.to_owned(), url)));
        }
    }

    fn read_publish(&mut self, publish: &Table<'_>, reader: &mut Reader) {
        reader.kept(publish.only(&KEYS));
        if let Some(name) = reader.text(publish, "distribution-name") {
            self.name = Some(name);
        }
        if let Some(license) = reader.text(publish, "license-expression") {
            self.license = Some(license);
        }
        self.license_files = reader.texts(publish, "license-files");
        self.source = reader.text(publish, "source");
        self.wheel_tags = reader.texts(publish, "wheel-tags");
        self.classifiers = reader
            .texts(publish, "trove-classifiers")
            .unwrap_or_default();
        self.import_names = reader.texts(publish, "import-names");
        self.scripts = reader.map(publish, "scripts");
        for (label, url) in reader.map(publish, "urls") {
            self.urls.retain(|(other, _)| *other != label);
            self.urls.push((label, url));
        }
        let native = reader.table(publish, "native");
        for (name, node) in native.iter().flat_map(Table::entries) {
            if let Some(table) = reader.kept(node.table()) {
                let native = Native::read(&table, Place::of(&node), reader);
                self.native.push((name.to_owned(), native));
            }
        }
    }
}

impl Native {
    fn read(table: &Table<'_>, place: Place, reader: &mut Reader) -> Self {
        let known = table.only(&NATIVE_KEYS).map_err(|error| {
            // `[python.publish.native.demo._fast]` is a table in a table.
            let nested = table.get(error.key.rsplit('.').next().unwrap_or_default());
            match nested.map(|node| node.table()) {
                Some(Ok(_)) => error.with_hint(
                    "a module's whole name is one key: [python.publish.native.\"demo._fast\"]",
                ),
                _ => error,
            }
        });
        reader.kept(known);
        let limited_api = table.get("limited-api").map(|node| {
            let value = minor(node.str()?).ok_or_else(|| {
                node.error(
                    "not a CPython minor of the stable ABI such as \"3.12\" (3.2 is the first)",
                )
            })?;
            let place = Place::of(&node);
            Ok(Given { value, place })
        });
        Self {
            place,
            sources: reader.texts(table, "sources").unwrap_or_default(),
            include_dirs: reader.texts(table, "include-dirs").unwrap_or_default(),
            defines: reader.texts(table, "defines").unwrap_or_default(),
            krate: reader.text(table, "crate"),
            features: reader.texts(table, "features").unwrap_or_default(),
            limited_api: reader.kept(limited_api.transpose()).flatten(),
        }
    }
}

fn minor(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let minor = minor.parse().ok()?;
    (major == "3" && minor >= 2).then_some((3, minor))
}

impl Place {
    fn of_root(root: &Table<'_>) -> Self {
        let Invalid {
            file, line, key, ..
        } = root.error(String::new());
        Self { file, line, key }
    }
}

/// Reads values and keeps the mistakes.
struct Reader {
    invalid: Vec<Invalid>,
}

impl Reader {
    fn kept<T>(&mut self, read: Result<T, Invalid>) -> Option<T> {
        read.map_err(|error| self.invalid.push(error)).ok()
    }

    fn table<'a>(&mut self, table: &Table<'a>, key: &str) -> Option<Table<'a>> {
        self.kept(table.get(key)?.table())
    }

    fn given(&mut self, node: &Node<'_>) -> Option<Text> {
        let value = self.kept(node.str())?.to_owned();
        let place = Place::of(node);
        Some(Given { value, place })
    }

    fn text(&mut self, table: &Table<'_>, key: &str) -> Option<Text> {
        table.get(key).and_then(|node| self.given(&node))
    }

    fn texts(&mut self, table: &Table<'_>, key: &str) -> Option<Vec<Text>> {
        let elements = self.kept(table.get(key)?.elements())?;
        let texts = elements.iter().filter_map(|node| self.given(node));
        Some(texts.collect())
    }

    fn map(&mut self, table: &Table<'_>, key: &str) -> Vec<(String, Text)> {
        let table = self.table(table, key);
        let entries = table.iter().flat_map(Table::entries);
        entries
            .filter_map(|(name, node)| Some((name.to_owned(), self.given(&node)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Publish {
        Publish::read(&Document::parse("mochi.toml", text).unwrap())
    }

    #[test]
    fn publish_keys_go_before_those_of_the_package() {
        let publish = read(
            "[package]\nname = \"demo\"\nlicense = \"MIT\"\nhomepage = \"a\"\nrepository = \"b\"\n\
             [python.publish]\ndistribution-name = \"mochi-demo\"\nlicense-expression = \"0BSD\"\n\
             urls = { Homepage = \"c\", Changes = \"d\" }\nscripts = { demo = \"demo:main\" }\n",
        );
        assert_eq!(publish.invalid, []);
        let name = publish.name.unwrap();
        assert_eq!(name.value, "mochi-demo");
        assert_eq!(name.place.key, "python.publish.distribution-name");
        assert_eq!(name.place.line, 7);
        assert_eq!(publish.license.unwrap().value, "0BSD");
        let urls: Vec<_> = publish
            .urls
            .iter()
            .map(|(l, u)| (&**l, &*u.value))
            .collect();
        assert_eq!(
            urls,
            [("Repository", "b"), ("Homepage", "c"), ("Changes", "d")]
        );
        assert_eq!(publish.scripts[0].1.value, "demo:main");
        assert_eq!(publish.wheel_tags, None);
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let publish = read(
            "[package]\nname = 1\nversion = \"1\"\nauthors = \"A\"\n[python.publish]\nwheel-tag = []\n\
             trove-classifiers = [1, \"Topic\"]\nscripts = []\n\
             [python.publish.native.\"demo._x\"]\nsources = [\"x.c\"]\nlimited-api = \"2.7\"\n",
        );
        let told: Vec<_> = publish
            .invalid
            .iter()
            .map(|e| format!("{}:{}", e.key, e.line))
            .collect();
        assert_eq!(
            told,
            [
                "package.name:2",
                "package.authors:4",
                "python.publish.wheel-tag:6",
                "python.publish.trove-classifiers[0]:7",
                "python.publish.scripts:8",
                "python.publish.native.demo._x.limited-api:11"
            ]
        );
        assert_eq!(publish.version.unwrap().value, "1");
        assert_eq!(publish.classifiers[0].value, "Topic");
        assert_eq!(publish.native[0].0, "demo._x");
    }

    #[test]
    fn a_native_module_has_one_key() {
        let publish = read("[python.publish.native.demo._fast]\nsources = []\n");
        let [invalid] = &publish.invalid[..] else {
            panic!("{:?}", publish.invalid)
        };
        assert!(invalid.hint.as_ref().unwrap().contains("\"demo._fast\""));
    }
}
