//! Wheel file names and core metadata, compared with `packaging` 26.3.
//!
//! The cases and what this crate makes of them go to one Python process, which compares them with
//! what `packaging` makes of them and lists every difference. `MOCHI_REFEREE_PYTHON` names a
//! Python that has `packaging` 26.3.

use serde_json::{Value, json};
use wheel::{CoreRequirements, Metadata, WheelFilename};

const REFEREE: &str = include_str!("formats_referee.py");

/// A small generator of the same numbers every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Names as old and new builders wrote them, and what only looks like one.
const FILENAMES: &[&str] = &[
    "pip-18.0-py2.py3-none-any.whl",
    "numpy-2.2.5-cp313-cp313t-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "numpy-1.13.3-2-cp27-none-macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64.whl",
    "torch-2.1.0+cu118-cp311-cp311-linux_x86_64.whl",
    "torch-2.1.0+cu118_x-cp311-cp311-linux_x86_64.whl",
    "jax_cuda12_plugin-0.4.25+cuda12.cudnn89-py3-none-any.whl",
    "Zope.Interface-4.0.0-cp27-none-win32.whl",
    "zope.interface-4.0.0-cp27-none-win32.whl",
    "PyYAML-5.1b5-cp36-cp36m-win_amd64.whl",
    "a-1!2.0-py3-none-any.whl",
    "a-1.0-007abc-py3-none-any.whl",
    "a-1.0-20230101123456-py3-none-any.whl",
    "a-1.0-99999999999999999999999-py3-none-any.whl",
    "a-1.0-1_x.y-py3-none-any.whl",
    "a-1.0_1-py3-none-any.whl",
    "a-1.0.post1_2-py3-none-any.whl",
    "a-2013b-py3-none-any.whl",
    "pytz-2013.9-py2.5-none-any.whl",
    "a-1.0-CP39-ABI3-Win_AMD64.whl",
    "a-0.0.0.dev0-py3-none-any.whl",
    "a-1.0-py3-none-any.WHL",
    "a-1.0-py3-none-any.whl ",
    " a-1.0-py3-none-any.whl",
    "a-1.0-py3-none-any",
    "a-1.0.whl",
    "a-1.0-none-any.whl",
    "a-1.0-x1-py3-none-any.whl",
    "a-1.0-1-2-py3-none-any.whl",
    "a-1.0-b-1-py3-none-any.whl",
    "-1.0-py3-none-any.whl",
    "a--py3-none-any.whl",
    "a-1.0--py3-none-any.whl",
    "a-1.0-py3--any.whl",
    "a-1.0-py3-none-.whl",
    "a-1.0-.py3-none-any.whl",
    "a-1.0-py3.-none-any.whl",
    "a-1.0-py2..py3-none-any.whl",
    "a-1.0-3-none-any.whl",
    "a-1.0-py3.3-none-any.whl",
    "a__b-1.0-py3-none-any.whl",
    "a_b-1.0-py3-none-any.whl",
    "a._b-1.0-py3-none-any.whl",
    "_a-1.0-py3-none-any.whl",
    "a_-1.0-py3-none-any.whl",
    "a.-1.0-py3-none-any.whl",
    "é-1.0-py3-none-any.whl",
    "a+b-1.0-py3-none-any.whl",
    "a b-1.0-py3-none-any.whl",
    "a-1.0 -py3-none-any.whl",
    "a-1.x-py3-none-any.whl",
    "a-1.0-py3-none-any!.whl",
    "a-1.0-py3-none-é.whl",
    "a-1.0-pÿ3-none-any.whl",
    "a-18446744073709551616-py3-none-any.whl",
    "",
    ".whl",
];

fn filenames() -> Vec<String> {
    let mut numbers = Numbers(0x5eed);
    let mut names: Vec<String> = FILENAMES.iter().map(|&name| name.to_owned()).collect();
    let name = ["a", "A1", "a_b", "A.b", "ab__c", "1a", "x-y", "_x", "a.b_c"];
    let version = [
        "1",
        "1.0",
        "1.0rc1",
        "1.0.a1",
        "2!1.0",
        "1.0+l",
        "1.0+L_1.x",
        "v1",
        "1.0-1",
        "1_0",
        "1.0.dev",
        "1.0.post",
        "1.0c2",
        "1.0_post1",
        "x",
        "1.0+",
        "",
        "01.002",
        "1.0+0010",
    ];
    let build = ["", "", "", "-1", "-1a", "-b", "-0", "-12_3", "-"];
    let python = [
        "py3",
        "py2.py3",
        "cp313",
        "CP39.pp310",
        "ip3",
        "3",
        "py3..py2",
        "",
    ];
    let abi = ["none", "cp313", "abi3", "cp313t.abi3", "None", ""];
    let platform = [
        "any",
        "win32",
        "linux_x86_64",
        "manylinux1_x86_64.linux_x86_64",
        "any.",
        "macosx_11_0_arm64",
    ];
    for _ in 0..600 {
        names.push(format!(
            "{}-{}{}-{}-{}-{}.whl",
            numbers.pick(&name),
            numbers.pick(&version),
            numbers.pick(&build),
            numbers.pick(&python),
            numbers.pick(&abi),
            numbers.pick(&platform)
        ));
    }
    names
}

fn filename_result(text: &str) -> Value {
    let Ok(wheel) = text.parse::<WheelFilename>() else {
        return Value::Null;
    };
    let mut tags: Vec<String> = wheel.tags.tags().map(|tag| tag.to_string()).collect();
    tags.sort();
    tags.dedup();
    let build = wheel.build.map(|build| json!([build.number, build.rest]));
    json!([wheel.name.as_str(), wheel.version.to_string(), build, tags])
}

/// Metadata with a twist each; `lenient` where this crate takes more than `packaging` on purpose.
const METADATA: &[(&str, &str)] = &[
    (
        "strict",
        "Metadata-Version: 2.5\nName: a\nVersion: 1\nImport-Name:\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.5\nName: a\nVersion: 1\nImport-Name: a\nImport-Name: a._b ; private\nImport-Namespace: n\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.4\nName: a\nVersion: 1\nLicense-Expression: MIT\nLicense-File: LICENSE\nLicense-File: x/y.txt\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b; extra == 'x'\nProvides-Extra: x\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b @ https://example.org/b.whl ; python_version < '3'\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b[c,D_e] (>=1,<2)\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3.8, !=3.9.*, <4\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense: BSD\n        \n        Line two\n          indented\nSummary: after\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: one\ntwo\nRequires-Dist: lost\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: one\n two\n\nBody\nRequires-Dist: body\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nProject-URL: Home, https://example.org/,x\nProject-URL: Nothing\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nKeywords: a,b, c d\nAuthor: É\nX-Other: y\n",
    ),
    (
        "strict",
        "metadata-version: 2.1\nNAME: a\nvErSiOn: 1\nREQUIRES-DIST: b\n",
    ),
    (
        "strict",
        "From x@example.org\nMetadata-Version: 2.1\nFrom y\nName: a\nVersion: 1\n",
    ),
    (
        "strict",
        " cont\nMetadata-Version: 2.1\n: x\nName: a\nVersion: 1\n",
    ),
    (
        "strict",
        "Metadata-Version:2.1\nName:a\nVersion:\t1\t\nSummary:\n",
    ),
    (
        "strict",
        "Metadata-Version: 1.0\rName: a\rVersion: 1\rSummary: x\r y\r\rbody\r",
    ),
    ("strict", "Metadata-Version: 2.1\nName: -a\nVersion: 1\n"),
    ("strict", "Metadata-Version: 2.1\nName: a\n"),
    ("strict", "Metadata-Version: 2.1\nVersion: 1\n"),
    ("strict", "Metadata-Version: 3.0\nName: a\nVersion: 1\n"),
    ("strict", "Metadata-Version: x\nName: a\nVersion: 1\n"),
    ("strict", "Metadata-Version: 2.1\nName: a\nVersion: one\n"),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b >= c d\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b; nothing == 'x'\n",
    ),
    (
        "strict",
        "Metadata-Version: 2.1\nName: a\nName: b\nVersion: 1\n",
    ),
    ("strict", "Name: a\nVersion: 1\n"),
    ("strict", "\nMetadata-Version: 2.1\nName: a\nVersion: 1\n"),
    (
        "lenient",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3.6.*\n",
    ),
    (
        "lenient",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b (>=1.*)\n",
    ),
    (
        "lenient",
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nProvides-Extra: !\n",
    ),
    (
        "lenient",
        "Metadata-Version: 2.1\nName: a\nName: a\nVersion: 1\n",
    ),
    (
        "lenient",
        "\u{feff}Metadata-Version: 2.1\nName: a\nVersion: 1\n",
    ),
];

const FIELDS: &[&str] = &[
    "Summary",
    "Description-Content-Type",
    "Home-page",
    "Author",
    "Author-email",
    "Maintainer",
    "License",
    "License-Expression",
];

const LISTS: &[&str] = &[
    "Classifier",
    "Platform",
    "Dynamic",
    "License-File",
    "Requires-External",
    "Provides-Dist",
    "Import-Name",
    "Obsoletes",
    "Supported-Platform",
];

const VALUES: &[&str] = &[
    "plain",
    "two words",
    "  spaced\t",
    "a: b, c",
    "é ñ 日本",
    "",
    "\"quoted\"",
    "x;y=z",
    "MIT",
    "text/markdown",
];

const REQUIREMENTS: &[&str] = &[
    "b",
    "b>=1",
    "B.c[x,Y] >= 1.0, < 2",
    "b (==1.0)",
    "b; python_version < '3.9' and extra == 'x'",
    "b~=1.0;sys_platform=='win32' or os_name!=\"nt\"",
    "b===1.x",
    "b!=1.*",
    "b @ file:///x",
    "b<2;platform_python_implementation in 'CPython,PyPy'",
];

const PYTHONS: &[&str] = &[">=3.8", ">=2.7, !=3.0.*, !=3.1.*", "~=3.9", "==3.*", ""];

fn metadata() -> Vec<(&'static str, String)> {
    let mut numbers = Numbers(0xf00d);
    let mut texts: Vec<_> = METADATA
        .iter()
        .map(|(kind, text)| (*kind, (*text).to_owned()))
        .collect();
    for _ in 0..400 {
        let mut lines = vec![
            format!(
                "Metadata-Version: {}",
                numbers.pick(&["1.2", "2.1", "2.3", "2.5"])
            ),
            format!("Name: {}", numbers.pick(&["a", "A.b", "a_-b", "x9", "-x"])),
            format!(
                "Version: {}",
                numbers.pick(&["1", "1.0rc1", "v2", "1!1+x", "bad"])
            ),
        ];
        for field in FIELDS {
            if numbers.below(3) == 0 {
                lines.push(format!("{field}: {}", numbers.pick(VALUES)));
            }
        }
        for _ in 0..numbers.below(6) {
            lines.push(format!("{}: {}", numbers.pick(LISTS), numbers.pick(VALUES)));
            lines.push(format!("Requires-Dist: {}", numbers.pick(REQUIREMENTS)));
        }
        if numbers.below(2) == 0 {
            lines.push(format!("Requires-Python: {}", numbers.pick(PYTHONS)));
        }
        if numbers.below(12) == 0 {
            lines.push("no header line".to_owned());
        }
        for line in &mut lines[3..] {
            // Fold some at their last space.
            if numbers.below(4) == 0
                && let Some(at) = line.rfind(' ')
            {
                line.replace_range(at..=at, "\n      ");
            }
        }
        // Any order, since readers must not depend on it.
        let turn = numbers.below(lines.len());
        lines.rotate_left(turn);
        let mut text = lines.join("\n");
        text.push_str(numbers.pick(&["", "\n", "\n\n", "\n\n# Body\n\nName: c\n", "\n\n\nbody"]));
        texts.push((
            "strict",
            text.replace('\n', numbers.pick(&["\n", "\n", "\r\n"])),
        ));
    }
    texts
}

fn metadata_result(text: &str) -> (Value, Value, Value) {
    let quick = CoreRequirements::parse(text.as_bytes());
    let Ok(metadata) = Metadata::parse(text.as_bytes()) else {
        return (Value::Null, Value::Null, Value::Null);
    };
    let quick = quick.expect("the quick reading asks for less than the whole one");
    let core = |name: &str, core: &CoreRequirements| {
        let requires: Vec<_> = core.requires_dist.iter().map(ToString::to_string).collect();
        let extras: Vec<_> = core
            .provides_extra
            .iter()
            .map(ToString::to_string)
            .collect();
        let python = core.requires_python.as_ref().map(ToString::to_string);
        json!([name, core.version.to_string(), python, requires, extras])
    };
    let whole = CoreRequirements {
        name: metadata.name.parse().expect("a valid name"),
        version: metadata.version.clone(),
        requires_python: metadata
            .requires_python
            .clone()
            .filter(|python| !python.is_empty()),
        requires_dist: metadata.requires_dist.clone(),
        provides_extra: metadata.provides_extra.clone(),
    };
    let written = metadata.to_string();
    let mut fields = json!({ "core": core(whole.name.as_str(), &whole) });
    let mut set = |field: &str, value: Value| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty || (field == "import_names" && !value.is_null()) {
            fields[field] = value;
        }
    };
    set("summary", json!(metadata.summary));
    set("description", json!(metadata.description));
    set(
        "description_content_type",
        json!(metadata.description_content_type),
    );
    set("keywords", json!(metadata.keywords));
    set("home_page", json!(metadata.home_page));
    set("download_url", json!(metadata.download_url));
    set("author", json!(metadata.author));
    set("author_email", json!(metadata.author_email));
    set("maintainer", json!(metadata.maintainer));
    set("maintainer_email", json!(metadata.maintainer_email));
    set("license", json!(metadata.license));
    set("license_expression", json!(metadata.license_expression));
    set("dynamic", json!(metadata.dynamic));
    set("platforms", json!(metadata.platform));
    set("supported_platforms", json!(metadata.supported_platform));
    set("license_files", json!(metadata.license_file));
    set("classifiers", json!(metadata.classifier));
    set("requires_external", json!(metadata.requires_external));
    set("provides_dist", json!(metadata.provides_dist));
    set("obsoletes_dist", json!(metadata.obsoletes_dist));
    set("import_names", json!(metadata.import_name));
    set("import_namespaces", json!(metadata.import_namespace));
    set("requires", json!(metadata.requires));
    set("provides", json!(metadata.provides));
    set("obsoletes", json!(metadata.obsoletes));
    set("project_urls", json!(metadata.project_url));
    (fields, core(quick.name.as_str(), &quick), json!(written))
}

fn ask_referee(given: &Value) -> Value {
    serde_json::from_str(&referee::ask(REFEREE, &given.to_string())).expect("JSON")
}

#[test]
fn names_and_metadata_agree_with_packaging() {
    let filenames: Vec<Value> = filenames()
        .iter()
        .map(|text| json!([text, filename_result(text)]))
        .collect();
    let metadata: Vec<Value> = metadata()
        .iter()
        .map(|(kind, text)| {
            let (whole, quick, written) = metadata_result(text);
            json!([text, kind, whole, quick, written])
        })
        .collect();
    let cases = filenames.len() + metadata.len();
    let answer = ask_referee(&json!({ "filenames": filenames, "metadata": metadata }));
    assert_eq!(answer["compared"], cases);
    // A referee that takes nothing would agree with anything.
    assert!(answer["taken"].as_u64() > Some(300), "{}", answer["taken"]);
    let differences = answer["differences"].as_array().expect("a list");
    let shown: Vec<String> = differences.iter().take(12).map(Value::to_string).collect();
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        shown.join("\n")
    );
}
