//! Python's `zipfile` as the referee: what it writes is read here, what is written here is read
//! there, and both see the same files. Needs a Python of 3.9 or later, named by the environment
//! variable `MOCHI_REFEREE_PYTHON`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use wheel::WheelFilename;
use wheel::archive::{ArchiveError, ClashKind, Limits, WheelArchive, WheelError, WheelWriter};

/// How many wheels are made each way.
const WHEELS: usize = 150;

/// Runs a script; hands it a JSON document and gives back the one that it prints.
fn python(script: &str, input: &Value) -> Value {
    serde_json::from_str(&referee::ask(script, &input.to_string())).unwrap()
}

type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// The files as the scripts take and give them.
fn listed(files: &Files) -> Value {
    let row = |(path, (bytes, executable)): (&String, &(Vec<u8>, bool))| {
        json!([path, BASE64.encode(bytes), executable])
    };
    files.iter().map(row).collect()
}

fn filename() -> WheelFilename {
    "demo-1.0-py3-none-any.whl".parse().unwrap()
}

/// Paths of up to four parts, of all sorts of letters; contents empty, text, noise or long.
fn files() -> impl Strategy<Value = Files> {
    let part = prop_oneof![
        "[a-z_]{1,8}",
        "[A-Za-z0-9_+~ -]{0,6}[a-z]",
        "[a-zé日Ω🦀]{1,5}",
        "[a-z]{60,90}",
    ];
    let path = prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/") + ".py");
    let content = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 1..300),
        ("[a-z]{1,20}\n", 1..400usize).prop_map(|(line, n)| line.repeat(n).into_bytes()),
        (any::<u8>(), 60_000..200_000usize).prop_map(|(byte, n)| vec![byte; n]),
    ];
    prop::collection::btree_map(path, (content, any::<bool>()), 0..12)
}

/// So many file sets that make a wheel, the same in every run.
fn samples() -> Vec<Files> {
    let mut runner = TestRunner::deterministic();
    let strategy = files();
    let mut samples = Vec::new();
    while samples.len() < WHEELS {
        let files = strategy.new_tree(&mut runner).unwrap().current();
        // Paths that clash, or a device's name, come up now and then; the writer says so.
        if writer(&files).finish().is_ok() {
            samples.push(files);
        }
    }
    samples
}

fn writer(files: &Files) -> WheelWriter {
    let writer = WheelWriter::new(&filename());
    files
        .iter()
        .fold(writer, |writer, (path, (bytes, executable))| {
            writer.file(path, bytes.clone(), *executable)
        })
}

/// The files of a wheel but for those of its `.dist-info`, every one verified.
fn read(bytes: &[u8]) -> Result<Files, WheelError> {
    let wheel = WheelArchive::open(bytes, &filename(), Limits::default())?;
    let mut files = Files::new();
    for entry in wheel.entries().iter().filter(|entry| !entry.is_dir()) {
        if !entry.name().starts_with(wheel.dist_info()) {
            let bytes = wheel.read(entry, 1 << 20)?;
            files.insert(entry.name().to_owned(), (bytes, entry.executable()));
        }
    }
    wheel.verify()?;
    Ok(files)
}

const READ: &str = r#"
import base64, io, json, stat, sys, zipfile
def read(text):
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(text))) as z:
        assert z.testzip() is None and not z.comment
        for i in z.infolist():
            assert i.create_system == 3 and not i.extra and not i.comment and not i.is_dir()
            assert i.flag_bits & ~0x800 == 0, i.flag_bits
            assert i.date_time == (1980, 1, 1, 0, 0, 0), i.date_time
            assert (i.external_attr >> 16) in (0o100644, 0o100755), oct(i.external_attr)
        names = [i.filename for i in z.infolist()]
        own = [n for n in names if n.startswith("demo-1.0.dist-info/")]
        assert own == ["demo-1.0.dist-info/" + n for n in ("METADATA", "WHEEL", "RECORD")], own
        others = [n.encode() for n in names if n not in own]
        assert others == sorted(others) and names[len(others):] == own
        return [[i.filename, base64.b64encode(z.read(i)).decode(),
                 bool(i.external_attr >> 16 & 0o111)] for i in z.infolist() if i.filename not in own]
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn what_is_written_here_is_read_there() {
    let samples = samples();
    let mut wheels = Vec::new();
    for files in &samples {
        let bytes = writer(files).finish().unwrap();
        assert_eq!(&read(&bytes).unwrap(), files);
        wheels.push(BASE64.encode(bytes));
    }
    let theirs = python(READ, &json!(wheels));
    let ours: Vec<Value> = samples.iter().map(listed).collect();
    assert!(theirs == json!(ours), "the referee read other files");
}

const WRITE: &str = r#"
import base64, csv, hashlib, io, json, random, sys, zipfile
rng = random.Random(20261123)
class Pipe(io.RawIOBase):
    def __init__(self): self.buffer = io.BytesIO()
    def writable(self): return True
    def write(self, data): return self.buffer.write(data)
def write(files):
    pipe = Pipe() if rng.random() < 0.4 else None
    out = pipe or io.BytesIO()
    own = "demo-1.0.dist-info/"
    files = [(name, base64.b64decode(text), mode) for name, text, mode in files]
    files.append((own + "METADATA", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n", False))
    files.append((own + "WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n", False))
    rng.shuffle(files)
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator=rng.choice(["\n", "\r\n"]))
    for name, data, _ in files:
        algorithm = rng.choice(["sha256", "sha256", "sha384", "sha512"])
        digest = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest())
        table.writerow([name, algorithm + "=" + digest.decode().rstrip("="), len(data)])
    table.writerow([own + "RECORD", "", ""])
    files.append((own + "RECORD", rows.getvalue().encode(), False))
    folders = {name.rpartition("/")[0] + "/" for name, _, _ in files if "/" in name}
    with zipfile.ZipFile(out, "w") as z:
        if rng.random() < 0.4:
            for name in sorted(folders):
                info = zipfile.ZipInfo(name)
                info.external_attr = 0o40755 << 16 | 0x10
                z.writestr(info, b"")
        for name, data, executable in files:
            info = zipfile.ZipInfo(name, (2020, 2, 2, 2, 2, 2))
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            deflate = pipe or rng.random() < 0.7
            info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            if rng.random() < 0.2:
                info.extra = b"\x55\x54\x05\x00\x01\x00\x00\x00\x00"
            info.create_system = rng.choice([0, 3, 19])
            with z.open(info, "w", force_zip64=rng.random() < 0.3) as sink:
                sink.write(data)
        z.comment = rng.choice([b"", b"", b"a comment"])
    return base64.b64encode((pipe.buffer if pipe else out).getvalue()).decode()
json.dump([write(files) for files in json.load(sys.stdin)], sys.stdout)
"#;

#[test]
fn what_is_written_there_is_read_here() {
    let samples = samples();
    let input: Vec<Value> = samples.iter().map(listed).collect();
    let wheels = python(WRITE, &json!(input));
    let wheels = wheels.as_array().unwrap();
    assert_eq!(wheels.len(), samples.len());
    for (files, wheel) in samples.iter().zip(wheels) {
        let bytes = BASE64.decode(wheel.as_str().unwrap()).unwrap();
        let found = read(&bytes).unwrap_or_else(|error| panic!("{error}: {:?}", files.keys()));
        assert!(&found == files, "{:?}", files.keys());
    }
}

/// Every character whose case Python folds, with what it folds to, both composed (NFC).
const FOLD: &str = r#"
import json, sys, unicodedata
nfc = lambda s: unicodedata.normalize("NFC", s)
pairs = [(c, c.casefold()) for c in map(chr, range(0x110000)) if c != c.casefold()]
json.dump([p for p in pairs if nfc("x" + p[0]) == "x" + p[0] and nfc("x" + p[1]) == "x" + p[1]], sys.stdout)
"#;

#[test]
fn what_python_folds_to_one_name_clashes() {
    let pairs = python(FOLD, &Value::Null);
    let pairs = pairs.as_array().unwrap();
    assert!(pairs.len() > 1000, "{}", pairs.len());
    for pair in pairs {
        let name = |at: usize| format!("demo/x{}.py", pair[at].as_str().unwrap());
        let writer = WheelWriter::new(&filename()).file(name(0), "0", false);
        match writer.file(name(1), "1", false).finish() {
            Err(WheelError::Archive(ArchiveError::Clash {
                kind: ClashKind::Case,
                ..
            })) => {}
            other => panic!("{pair}: {:?}", other.map(|bytes| bytes.len())),
        }
    }
}
