//! A lock, and what can be wrong with it.

/// A good lock.
pub(crate) const GOOD: &str = r#"# Written by `mochi py lock`; not to be edited by hand.
version = 1

[python]
requires-python = ">=3.12"
manifest-sha256 = "00"

[[python-environment]]
name = "linux-x64-cp313"
target = "linux-x64"
python = "3.13"
glibc = "2.28"

[[python-package]]
name = "ant"
version = "1.0"
source = { kind = "index", name = "example" }
environments = ["linux-x64-cp313"]
requires-python = ">=3.9"
dependencies = ["bee>=1"]
wheels = [
    { filename = "ant-1.0-py3-none-any.whl", url = "https://example.org/ant-1.0-py3-none-any.whl", sha256 = "0000000000000000000000000000000000000000000000000000000000000000", size = 9, environments = ["linux-x64-cp313"], attestation-identities = [{ kind = "GitHub", repository = "o/ant", workflow = "release.yml" }] },
]

[[python-package]]
name = "bee"
version = "2.0"
source = { kind = "url", url = "https://example.org/bee-2.0-py3-none-any.whl" }
environments = ["linux-x64-cp313"]
dependencies = []
wheels = []

[[python-skip]]
name = "cat"
requirement = "cat>=1"
environment = "linux-x64-cp313"
reason = "SdistOnly"
detail = "cat 1.0 has only an sdist"
required-by = ["demo"]
"#;

/// What to replace once by what, and the key and words that the error must have. Its line must be
/// where the replacement starts.
pub(crate) type Fault = (&'static str, &'static str, &'static str, &'static str);

pub(crate) const FAULTS: [Fault; 40] = [
    (
        "[{ kind = \"GitHub\", repository = \"o/ant\", workflow = \"release.yml\" }]",
        "[]",
        "attestation-identities`",
        "names none",
    ),
    (
        "[{ kind = \"GitHub\", repository = \"o/ant\", workflow = \"release.yml\" }]",
        "7",
        "attestation-identities`",
        "must be",
    ),
    ("\"GitHub\"", "7", "[0].kind`", "must be a string"),
    ("kind = \"GitHub\", ", "", "kind`", "is missing"),
    (
        "\"GitHub\"",
        "\"Forge\"",
        "attestation-identities[0]`",
        "not a publisher",
    ),
    (
        "repository = \"o/ant\", ",
        "",
        "attestation-identities[0]`",
        "`repository`",
    ),
    (
        "\"release.yml\" }]",
        "\"release.yml\", environment = \"\" }]",
        "attestation-identities[0]`",
        "not a publisher",
    ),
    (
        "\"release.yml\" }]",
        "\"release.yml\" }, { kind = \"GitHub\", repository = \"o/ant\", workflow = \"release.yml\" }]",
        "attestation-identities[1]`",
        "stands twice",
    ),
    (
        "wheels = []",
        "wheels = [{ filename = \"bee-2.0-py3-none-any.whl\", url = \"u\", sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\", environments = [], attestation-identities = [] }]",
        "attestation-identities`",
        "only wheels of an index",
    ),
    ("version = 1\n", "version = 2\n", "`version`", "format 2"),
    ("version = 1\n", "version = -1\n", "`version`", "format -1"),
    (
        "version = 1\n",
        "version = \"1\"\n",
        "`version`",
        "must be a whole number",
    ),
    (
        "version = 1\n",
        "version = 99999999999999999999\n",
        "",
        "not valid TOML",
    ),
    ("version = 1\n", "version = \n", "", "not valid TOML"),
    ("[python]\n", "[python\n", "", "not valid TOML"),
    (
        "[[python-environment]]",
        "[[python-package]]\n[python]",
        "",
        "not valid TOML",
    ),
    (
        "\">=3.12\"",
        "3.12",
        "`python.requires-python`",
        "must be a string",
    ),
    (
        "\"00\"",
        "[]",
        "`python.manifest-sha256`",
        "must be a string",
    ),
    (
        "\"linux-x64-cp313\"\ntarget",
        "7\ntarget",
        "`python-environment[0].name`",
        "must be a string",
    ),
    (
        "\"2.28\"",
        "2.28",
        "`python-environment[0].glibc`",
        "must be a string",
    ),
    (
        "\"ant\"\n",
        "\"-ant\"\n",
        "`python-package[0].name`",
        "-ant",
    ),
    (
        "\"1.0\"\n",
        "\"one\"\n",
        "`python-package[0].version`",
        "version",
    ),
    (
        "\"1.0\"\n",
        "1.0\n",
        "`python-package[0].version`",
        "must be a string",
    ),
    (
        "{ kind = \"index\", name = \"example\" }",
        "\"example\"",
        "`python-package[0].source`",
        "must be a table",
    ),
    (
        "\"index\"",
        "\"git\"",
        "`python-package[0].source.kind`",
        "git",
    ),
    (
        "kind = \"url\", url",
        "kind = \"url\", path",
        "`python-package[1].source`",
        "`url` is missing",
    ),
    (
        "[\"bee>=1\"]",
        "[1]",
        "`python-package[0].dependencies[0]`",
        "must be a string",
    ),
    (
        "[\"bee>=1\"]",
        "[\"bee>>1\"]",
        "`python-package[0].dependencies[0]`",
        "bee>>1",
    ),
    (
        "[\"bee>=1\"]",
        "{}",
        "`python-package[0].dependencies`",
        "must be an array",
    ),
    (
        "\">=3.9\"",
        "true",
        "`python-package[0].requires-python`",
        "must be a string",
    ),
    (
        "\"ant-1.0-py3-none-any.whl\"",
        "\"../ant.whl\"",
        "`python-package[0].wheels[0].filename`",
        "../ant.whl",
    ),
    (
        "\"0000",
        "\"000G",
        "`python-package[0].wheels[0].sha256`",
        "64 lower-case",
    ),
    (
        "\"0000",
        "\"",
        "`python-package[0].wheels[0].sha256`",
        "64 lower-case",
    ),
    (
        "size = 9",
        "size = -9",
        "`python-package[0].wheels[0].size`",
        "negative",
    ),
    (
        "size = 9",
        "size = 9.5",
        "`python-package[0].wheels[0].size`",
        "must be a whole number",
    ),
    (
        "wheels = []",
        "wheels = [1]",
        "`python-package[1].wheels[0]`",
        "must be a table",
    ),
    (
        "wheels = []",
        "wheel = []",
        "`python-package[1]`",
        "`wheels` is missing",
    ),
    (
        "\"demo\"",
        "[]",
        "`python-skip[0].required-by[0]`",
        "must be a string",
    ),
    ("\"cat\"\n", "\"c at\"\n", "`python-skip[0].name`", "c at"),
    (
        "reason = ",
        "because = ",
        "`python-skip[0]`",
        "`reason` is missing",
    ),
];
