//! Python's `tarfile` and the usual build backends as the referees: what they write is read here,
//! what is written here is read there, and both see the same files. Needs a Python of 3.11.4 or
//! later that has `flit_core`, `hatchling` and `setuptools`, named by the environment variable
//! `MOCHI_REFEREE_PYTHON`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use wheel::SdistFilename;
use wheel::archive::Limits;
use wheel::sdist::{SdistArchive, SdistError, SdistWriter};

/// How many archives are made each way.
const SDISTS: usize = 100;

/// Runs a script; hands it a JSON document and gives back the one that it prints.
fn python(script: &str, input: &Value) -> Value {
    serde_json::from_str(&referee::ask(script, &input.to_string())).unwrap()
}

type Files = BTreeMap<String, (Vec<u8>, bool)>;

fn filename() -> SdistFilename {
    "demo-1.0.tar.gz".parse().unwrap()
}

/// Paths of up to four parts, of all sorts of letters, some too long for a header.
fn files() -> impl Strategy<Value = Files> {
    let part = prop_oneof![
        "[a-z_]{1,8}",
        "[A-Za-z0-9_+~ -]{0,6}[a-z]",
        "[a-zé日Ω🦀]{1,5}",
        "[a-z]{60,130}",
    ];
    let path = prop::collection::vec(part, 1..5).prop_map(|parts| parts.join("/") + ".py");
    let content = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 1..300),
        (any::<u8>(), 500..530usize).prop_map(|(byte, n)| vec![byte; n]),
        ("[a-z]{1,20}\n", 1..400usize).prop_map(|(line, n)| line.repeat(n).into_bytes()),
    ];
    prop::collection::btree_map(path, (content, any::<bool>()), 0..12)
}

fn writer(files: &Files) -> SdistWriter {
    let info = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n";
    let writer = SdistWriter::new(&filename()).file("PKG-INFO", info, false);
    files
        .iter()
        .fold(writer, |writer, (path, (bytes, executable))| {
            writer.file(path, bytes.clone(), *executable)
        })
}

/// So many file sets that can be written, the same in every run.
fn samples() -> Vec<Files> {
    let mut runner = TestRunner::deterministic();
    let strategy = files();
    let mut samples = Vec::new();
    while samples.len() < SDISTS {
        let files = strategy.new_tree(&mut runner).unwrap().current();
        // Paths that clash come up now and then; the writer says so.
        if writer(&files).finish().is_ok() {
            samples.push(files);
        }
    }
    samples
}

/// The files as the scripts take and give them.
fn listed(files: &Files) -> Value {
    let row = |(path, (bytes, executable)): (&String, &(Vec<u8>, bool))| {
        json!([path, BASE64.encode(bytes), executable])
    };
    files.iter().map(row).collect()
}

/// The files but for `PKG-INFO`.
fn contents(sdist: &SdistArchive) -> Files {
    let files = sdist.files().iter();
    files
        .filter(|file| file.path() != "PKG-INFO")
        .map(|file| {
            let content = (sdist.bytes(file).to_vec(), file.executable());
            (file.path().to_owned(), content)
        })
        .collect()
}

fn read(bytes: &[u8]) -> Result<Files, SdistError> {
    let sdist = SdistArchive::read(bytes, &filename(), &Limits::default())?;
    Ok(contents(&sdist))
}

const READ: &str = r#"
import base64, io, json, os, stat, sys, tarfile, tempfile, zipfile
def read(text):
    packed = base64.b64decode(text)
    assert not zipfile.is_zipfile(io.BytesIO(packed))
    assert packed[:10] == b"\x1f\x8b\x08\x00\0\0\0\0\x02\xff", packed[:10]
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar, \
            tempfile.TemporaryDirectory() as folder:
        members = tar.getmembers()
        names = [m.name.encode() for m in members]
        assert names == sorted(names)
        for m in members:
            assert m.type == tarfile.REGTYPE and m.mode in (0o644, 0o755) and m.mtime == 315532800
            assert (m.uid, m.gid, m.uname, m.gname) == (0, 0, "", "")
            assert set(m.pax_headers) <= {"path"}, m.pax_headers
            fits = m.name.isascii() and len(m.name) <= 100
            assert not (fits and m.pax_headers), m.name
        tar.extractall(folder, filter="data")
        assert os.listdir(folder) == ["demo-1.0"]
        top = os.path.join(folder, "demo-1.0")
        rows = []
        for place, _, files in os.walk(top):
            for name in files:
                path = os.path.join(place, name)
                mode = stat.S_IMODE(os.lstat(path).st_mode)
                assert mode in (0o644, 0o755), oct(mode)
                with open(path, "rb") as file:
                    data = base64.b64encode(file.read()).decode()
                rows.append([os.path.relpath(path, top), data, mode == 0o755])
        rows.sort(key=lambda row: row[0].encode())
        return [row for row in rows if row[0] != "PKG-INFO"]
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn what_is_written_here_is_read_there() {
    let samples = samples();
    let mut sdists = Vec::new();
    for files in &samples {
        let bytes = writer(files).finish().unwrap();
        assert_eq!(bytes, writer(files).finish().unwrap());
        assert_eq!(&read(&bytes).unwrap(), files);
        sdists.push(BASE64.encode(bytes));
    }
    let theirs = python(READ, &json!(sdists));
    let ours: Vec<Value> = samples.iter().map(listed).collect();
    assert!(theirs == json!(ours), "the referee read other files");
}

const WRITE: &str = r#"
import base64, io, json, random, sys, tarfile
rng = random.Random(20261126)
def write(files):
    out = io.BytesIO()
    files = [(name, base64.b64decode(text), mode) for name, text, mode in files]
    files.append(("PKG-INFO", b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n", False))
    rng.shuffle(files)
    # GNU's own format as well where it needs no long names, which have no place in an sdist.
    plain = all(name.isascii() and len(name) < 90 for name, _, _ in files)
    form = tarfile.GNU_FORMAT if plain and rng.random() < 0.5 else tarfile.PAX_FORMAT
    with tarfile.open(fileobj=out, mode="w:gz", format=form) as tar:
        if rng.random() < 0.5:
            folders = {name.rpartition("/")[0] for name, _, _ in files}
            for name in sorted(folders):
                info = tarfile.TarInfo(("demo-1.0/" + name).rstrip("/"))
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
        for name, data, executable in files:
            info = tarfile.TarInfo("demo-1.0/" + name)
            info.size, info.mode = len(data), 0o755 if executable else 0o644
            info.mtime = rng.choice([0, 1700000000, 1700000000.25])
            info.uid = rng.choice([0, 1000, 4000000])
            info.uname = rng.choice(["", "root", "jörg"])
            tar.addfile(info, io.BytesIO(data))
    return base64.b64encode(out.getvalue()).decode()
json.dump([write(files) for files in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn what_is_written_there_is_read_here() {
    let samples = samples();
    let input: Vec<Value> = samples.iter().map(listed).collect();
    let sdists = python(WRITE, &json!(input));
    let sdists = sdists.as_array().unwrap();
    assert_eq!(sdists.len(), samples.len());
    for (files, sdist) in samples.iter().zip(sdists) {
        let bytes = BASE64.decode(sdist.as_str().unwrap()).unwrap();
        let found = read(&bytes).unwrap_or_else(|error| panic!("{error}: {:?}", files.keys()));
        assert!(&found == files, "{:?}", files.keys());
    }
}

/// Archives that `tarfile` opens as sound source distributions and `zipfile` as zip archives: the
/// one behind the other, or inside of it, as it is.
const BOTH: &str = r#"
import base64, gzip, io, json, sys, tarfile, zipfile
def zipped(files, zip64=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for n in range(files):
            with z.open(f"setup{n}.py", "w", force_zip64=zip64) as sink:
                sink.write(b"import evil\n")
    return out.getvalue()
def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo("demo-1.0/" + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
info = {"PKG-INFO": b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"}
plain = gzip.compress(tarred(info))
made = [plain + zipped(n) for n in (0, 1, 3)]
made += [plain + zipped(1, True), plain + zipped(70_000)]
made += [gzip.compress(tarred({**info, "data.zip": zipped(n)}), 0) for n in (0, 1, 3)]
for packed in made:
    assert zipfile.is_zipfile(io.BytesIO(packed))
    assert tarfile.open(fileobj=io.BytesIO(packed)).getnames()[0] == "demo-1.0/PKG-INFO"
json.dump([base64.b64encode(packed).decode() for packed in made], sys.stdout)
"#;

#[test]
fn what_python_opens_as_a_zip_archive_too_is_refused() {
    let made = python(BOTH, &Value::Null);
    let made = made.as_array().unwrap();
    assert_eq!(made.len(), 8);
    for (at, packed) in made.iter().enumerate() {
        let bytes = BASE64.decode(packed.as_str().unwrap()).unwrap();
        let found = read(&bytes);
        assert!(matches!(found, Err(SdistError::AlsoZip)), "{at}: {found:?}");
    }
}

/// Builds a project with each backend; for each, the file's name, its bytes and what must be in it.
const BUILD: &str = r##"
import base64, importlib, json, os, sys, tempfile
BACKENDS = {
    "flit_core.buildapi": "",
    "hatchling.build": "",
    "setuptools.build_meta": "[tool.setuptools.packages.find]\nwhere = ['.']\ninclude = ['demo_x*']\n",
}
deep = "demo_x/" + "/".join(["folder" * 6] * 3) + "/" + "module" * 12 + ".py"
FILES = {
    "demo_x/__init__.py": '"""A demo."""\n__version__ = "1.0"\n',
    "demo_x/caf\u00e9.py": "",
    deep: "deep = 1\n",
    "demo_x/run.sh": "#!/bin/sh\n",
    "README.md": "A demo.\n",
    "LICENSE": "Anyone may.\n",
}
PROJECT = """[project]
name = "Demo.X"
version = "1.0"
description = "A demo"
readme = "README.md"
"""
quiet, sys.stdout = sys.stdout, sys.stderr
built = []
for backend, more in BACKENDS.items():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        system = backend.split(".")[0]
        head = f"[build-system]\nrequires = ['{system}']\nbuild-backend = '{backend}'\n"
        module = "[tool.flit.module]\nname = 'demo_x'\n" if system == "flit_core" else ""
        files = {**FILES, "pyproject.toml": head + PROJECT + module + more,
                 "MANIFEST.in": "recursive-include demo_x *\n"}
        for name, text in files.items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod("demo_x/run.sh", 0o755)
        name = importlib.import_module(backend).build_sdist("dist")
        with open(os.path.join("dist", name), "rb") as file:
            packed = base64.b64encode(file.read()).decode()
        wanted = [[n, base64.b64encode(t.encode()).decode()] for n, t in files.items()
                  if n.startswith("demo_x/") or n in ("pyproject.toml", "README.md")]
        built.append([backend, name, packed, wanted])
        os.chdir("/")
json.dump(built, quiet)
"##;

#[test]
fn what_build_backends_make_is_read() {
    let built = python(BUILD, &Value::Null);
    let built = built.as_array().unwrap();
    assert_eq!(built.len(), 3);
    for row in built {
        let text = |at: usize| row[at].as_str().unwrap();
        let (backend, name) = (text(0), text(1));
        let filename: SdistFilename = name.parse().unwrap();
        assert_eq!(filename.to_string(), "demo_x-1.0.tar.gz");
        let packed = BASE64.decode(text(2)).unwrap();
        let sdist = SdistArchive::read(&packed, &filename, &Limits::default())
            .and_then(SdistArchive::require_pyproject)
            .unwrap_or_else(|error| panic!("{backend}: {error}"));
        assert_eq!(sdist.metadata().name, "Demo.X");
        let wanted = row[3].as_array().unwrap();
        for file in wanted {
            let path = file[0].as_str().unwrap();
            let found = sdist
                .get(path)
                .unwrap_or_else(|| panic!("{backend}: {path} is missing"));
            let bytes = BASE64.encode(sdist.bytes(found));
            assert_eq!(bytes, file[1].as_str().unwrap(), "{backend}: {path}");
            assert_eq!(
                found.executable(),
                path == "demo_x/run.sh",
                "{backend}: {path}"
            );
        }
    }
}

/// What `packaging` takes a file name for: name and version, both in normal form, or nothing.
const FILENAMES: &str = r#"
import json, sys
from packaging.utils import InvalidSdistFilename, parse_sdist_filename
def parse(text):
    try:
        name, version = parse_sdist_filename(text)
        return [name, str(version)]
    except InvalidSdistFilename:
        return None
json.dump([parse(text) for text in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn file_names_are_read_as_by_packaging() {
    let names = [
        "demo-1.0.tar.gz",
        "Demo.X-1.0.0.tar.gz",
        "a-b_c.d-1!2.0rc1.post2.dev3+cpu.x.tar.gz",
        "demo-v1.0ALPHA2.tar.gz",
        "demo-1.0-1.tar.gz",
        "demo-1.0_1.tar.gz",
        "demo-.tar.gz",
        "demo.tar.gz",
        "demo-latest.tar.gz",
        "demo-1.0.tgz",
        "demo-1.0.TAR.GZ",
        "demo- 1.0 .tar.gz",
        "",
    ];
    let theirs = python(FILENAMES, &json!(names));
    for (name, theirs) in names.iter().zip(theirs.as_array().unwrap()) {
        let ours = match name.parse::<SdistFilename>() {
            Ok(sdist) => json!([sdist.name.as_str(), sdist.version.to_string()]),
            Err(_) => Value::Null,
        };
        assert_eq!(&ours, theirs, "{name}");
    }
}
