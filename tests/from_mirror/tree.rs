//! A mirror of a lock, by the format alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mochi::io::cache::hex_sha256;
use mochi::io::net::{Get, Net, NetEnv, NetOptions};
use resolver::lock::{LockedPackage, LockedWheel};
use resolver::{Lock, LockedSource};
use serde_json::{Value, json};
use url::Url;
use wheel::page::{Page, parse_html, parse_json, render_json};

/// What a mirror is made with.
pub(crate) struct Maker<'a> {
    /// The folder of the lock.
    pub(crate) project: &'a Path,
    /// The project's name.
    pub(crate) name: &'a str,
    /// Where it goes.
    pub(crate) dest: &'a Path,
    /// The addresses of named indexes, with credentials.
    pub(crate) indexes: &'a [(&'a str, String)],
    /// Lists of curated packages by URL.
    pub(crate) lists: &'a [String],
}

fn key(address: &str) -> String {
    hex_sha256(address.as_bytes())[..16].to_owned()
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

fn net() -> Net {
    Net::new(NetOptions::default(), NetEnv::default(), None)
}

fn get(net: &Net, url: &Url, accept: &'static str) -> (Option<String>, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let get = Get::new(url.clone(), 1 << 30).accept(accept);
    let response = runtime.block_on(net.get(&get)).expect("an answer");
    assert_eq!(response.status, 200, "{url}");
    (response.content_type, response.body.to_vec())
}

impl Maker<'_> {
    /// Makes it, or adds to what is there.
    pub(crate) fn make(&self) {
        let text = fs::read_to_string(self.project.join("mochi.lock")).expect("a lock");
        let lock = Lock::parse("mochi.lock", &text).expect("a valid lock");
        let path = self.dest.join("mochi-mirror.json");
        let mut document: Value = fs::read(&path).map_or_else(
            |_| json!({ "version": 1, "locks": {}, "files": {} }),
            |bytes| serde_json::from_slice(&bytes).expect("JSON"),
        );
        let mut hashes = Vec::new();
        for package in &lock.packages {
            for wheel in &package.wheels {
                self.file(&package.source, wheel);
                hashes.push(wheel.sha256.clone());
                document["files"][&wheel.sha256] = json!({
                    "filename": wheel.filename, "size": wheel.size, "name": package.name.as_str(),
                    "version": package.version.to_string(), "url": wheel.url, "source": label(&package.source),
                });
            }
            self.page(package);
        }
        for list in self.lists {
            let (folder, file) = list.rsplit_once('/').expect("a folder");
            let (_, bytes) = get(&net(), &list.parse().expect("a URL"), "application/json");
            write(&self.pages(&format!("{folder}/")).join(file), &bytes);
        }
        document["locks"][self.name] = json!({
            "lock-sha256": hex_sha256(text.as_bytes()), "files": hashes,
            "environments": lock.environments.iter().map(|one| &one.name).collect::<Vec<_>>(),
        });
        write(&path, document.to_string().as_bytes());
    }

    fn pages(&self, address: &str) -> PathBuf {
        self.dest.join("mochi/pages").join(key(address))
    }

    fn file(&self, source: &LockedSource, wheel: &LockedWheel) {
        let bytes = match Url::parse(&wheel.url) {
            Ok(url) => get(&self.net_of(source), &url, "*/*").1,
            Err(_) => fs::read(self.project.join(&wheel.url)).expect("a wheel"),
        };
        assert_eq!(hex_sha256(&bytes), wheel.sha256);
        let folder = self
            .dest
            .join("files")
            .join(&wheel.sha256[..2])
            .join(&wheel.sha256);
        write(&folder.join(&wheel.filename), &bytes);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
        // `x-1.0-py3-none-any.whl` has `x-1.0.dist-info`.
        let mut parts = wheel.filename.splitn(3, '-');
        let (name, version) = (parts.next(), parts.next());
        let folder_name = format!(
            "{}-{}.dist-info",
            name.expect("a name"),
            version.expect("a version")
        );
        let name = format!("{folder_name}/METADATA");
        let mut metadata = Vec::new();
        let mut entry = archive.by_name(&name).expect("an entry");
        std::io::copy(&mut entry, &mut metadata).expect("read");
        write(
            &folder.join(format!("{}.metadata", wheel.filename)),
            &metadata,
        );
    }

    /// A client with the credentials of an index.
    fn net_of(&self, source: &LockedSource) -> Net {
        let net = net();
        if let Some((_, url)) = self.named(source) {
            let _ = net.register(&url.parse().expect("a URL"));
        }
        net
    }

    fn named(&self, source: &LockedSource) -> Option<&(&str, String)> {
        let label = label(source);
        self.indexes.iter().find(|(name, _)| *name == label)
    }

    /// The package's page on its index, cut to what the lock has of it.
    fn page(&self, package: &LockedPackage) {
        if !matches!(
            package.source,
            LockedSource::IndexName(_) | LockedSource::IndexUrl(_)
        ) {
            return;
        }
        let address = self
            .named(&package.source)
            .map_or_else(|| label(&package.source), |(_, url)| url.clone());
        let mut address: Url = address.parse().expect("a URL");
        let mut url = address.clone();
        // Else it is a page of links.
        if address.path().ends_with('/') {
            url.set_path(&format!("{}{}/", address.path(), package.name));
        }
        address.set_username("").expect("a host");
        address.set_password(None).expect("a host");
        let net = self.net_of(&package.source);
        let url = net.register(&url);
        let (kind, bytes) = get(&net, &url, wheel::page::ACCEPT);
        let page = match kind.expect("a type").contains("json") {
            true => parse_json(&bytes, &url),
            false => parse_html(&bytes, &url),
        };
        let mut page: Page<'_> = page.expect("a page");
        let wheels: BTreeMap<&str, &LockedWheel> = package
            .wheels
            .iter()
            .map(|wheel| (wheel.filename.as_str(), wheel))
            .collect();
        page.files
            .retain(|file| wheels.contains_key(&*file.filename));
        assert_eq!(page.files.len(), wheels.len(), "{url}");
        let text = render_json(&page);
        let slash = if address.path().ends_with('/') {
            ""
        } else {
            "/"
        };
        let folder = self.pages(&format!("{address}{slash}"));
        write(
            &folder.join(format!("{}.json", package.name)),
            text.as_bytes(),
        );
    }
}

fn label(source: &LockedSource) -> String {
    match source {
        LockedSource::IndexName(text)
        | LockedSource::IndexUrl(text)
        | LockedSource::Path(text)
        | LockedSource::Url(text)
        | LockedSource::Pyodide(text) => text.clone(),
    }
}
