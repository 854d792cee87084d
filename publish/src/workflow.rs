//! A pipeline that publishes, as text that is ready to be put into a repository.

use std::fmt::Write as _;

/// What a pipeline is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pipeline<'a> {
    /// The distribution's name.
    pub project: &'a str,
    /// The index, as `--index` names it.
    pub index: &'a str,
    /// Whether that is the index where nothing is said.
    pub is_default: bool,
    /// The Warehouse that it is, which has Trusted Publishing.
    pub warehouse: Option<&'a str>,
    /// The version of this program.
    pub version: &'a str,
    /// The folder of the Python tree.
    pub source: &'a str,
    /// What is compiled, which needs tools.
    pub native: Native,
}

/// The native modules of a package, as far as they need tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Native {
    /// There are some, so a compiler or a linker for WebAssembly is needed.
    pub any: bool,
    /// Some are in Rust.
    pub rust: bool,
    /// Some use the full API of CPython, whose settings are in Pyodide.
    pub full_api: bool,
}

/// How Rust gets the standard library that it needs.
const RUST_TARGET: &str = "rustup target add wasm32-unknown-emscripten";

impl Pipeline<'_> {
    /// The environment that is made for it: its rules say who may publish.
    fn environment(&self) -> &str {
        self.warehouse.unwrap_or("publish")
    }

    /// The command, as one line of YAML.
    fn command(&self) -> String {
        let command = match self.is_default {
            true => "mochi py publish".to_owned(),
            false => format!(
                "mochi py publish --index '{}'",
                self.index.replace('\'', "'\\''")
            ),
        };
        quoted(&command)
    }

    /// The commands that install this program, and what it builds native modules with.
    fn installs(&self) -> String {
        let compiler = if self.native.any { " ziglang" } else { "" };
        quoted(&format!(
            "python -m pip install mochi-py=={}{compiler}",
            self.version
        ))
    }

    /// What has to be there and cannot be put into a pipeline that knows nothing else of the project.
    fn needs(&self) -> String {
        let mut text = format!(
            "#\n# The Python tree `{}` has to be in the repository. Where the Mochi compiler emits it, have\n\
             # it do so in a step before the last.\n",
            self.source
        );
        if self.native.full_api {
            text += "# A native module uses the full API of CPython: unpack the npm package `pyodide` of the\n\
                     # release that the wheel is for, and set MOCHI_PYODIDE_DIR to its folder.\n";
        }
        text
    }

    /// The project's page, for links.
    fn page(&self) -> Option<String> {
        let name = self.warehouse?;
        Some(format!("https://{name}.org/project/{}/", self.project))
    }
}

/// A string of YAML, which JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A workflow of GitHub Actions, for `.github/workflows/publish.yml`.
#[must_use]
pub fn github(pipeline: &Pipeline<'_>) -> String {
    let environment = pipeline.environment();
    let mut text = format!(
        "# .github/workflows/publish.yml: publishes {} when a release is published on GitHub.\n#\n",
        pipeline.project
    );
    text += &match pipeline.warehouse {
        Some(_) => format!(
            "# No token is stored: {} trusts this workflow. Once, in the project's settings there, under\n\
             # publishing, add a publisher of GitHub with this repository, the workflow `publish.yml` and\n\
             # the environment `{environment}`. Each file gets an attestation of where it was built.\n",
            pipeline.index
        ),
        None => format!(
            "# Once, put a token of the index into the secret MOCHI_PUBLISH_TOKEN of the environment\n\
             # `{environment}`. An index that wants another user than `__token__` is given\n\
             # MOCHI_PUBLISH_USERNAME and MOCHI_PUBLISH_PASSWORD instead.\n"
        ),
    };
    text += &pipeline.needs();
    text += "name: Publish\n\non:\n  release:\n    types: [published]\n\npermissions: {}\n\njobs:\n  \
             publish:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 30\n    environment:\n";
    let _ = writeln!(text, "      name: {environment}");
    if let Some(page) = pipeline.page() {
        let _ = writeln!(text, "      url: {}", quoted(&page));
    }
    text += "    permissions:\n      contents: read\n";
    if pipeline.warehouse.is_some() {
        text += "      id-token: write  # the job can prove to the index who it is\n";
    }
    text += "    steps:\n      - uses: actions/checkout@v5\n        with:\n          \
             persist-credentials: false\n      - uses: actions/setup-python@v6\n        with:\n          \
             python-version: \"3.13\"\n";
    if pipeline.native.rust {
        let _ = writeln!(text, "      - run: {}", quoted(RUST_TARGET));
    }
    let _ = writeln!(text, "      - run: {}", pipeline.installs());
    let _ = writeln!(text, "      - run: {}", pipeline.command());
    if pipeline.warehouse.is_none() {
        text += "        env:\n          MOCHI_PUBLISH_TOKEN: ${{ secrets.MOCHI_PUBLISH_TOKEN }}\n";
    }
    text
}

/// A pipeline of GitLab CI, for `.gitlab-ci.yml`.
#[must_use]
pub fn gitlab(pipeline: &Pipeline<'_>) -> String {
    let environment = pipeline.environment();
    let mut text = format!(
        "# .gitlab-ci.yml: publishes {} when a tag is pushed.\n#\n",
        pipeline.project
    );
    text += &match pipeline.warehouse {
        Some(_) => format!(
            "# No token is stored: {} trusts this pipeline. Once, in the project's settings there, under\n\
             # publishing, add a publisher of GitLab with this project, the file `.gitlab-ci.yml` and the\n\
             # environment `{environment}`. Each file gets an attestation of where it was built.\n",
            pipeline.index
        ),
        None => "# Once, put a token of the index into the masked and protected variable\n\
                 # MOCHI_PUBLISH_TOKEN of the project. An index that wants another user than `__token__` is\n\
                 # given MOCHI_PUBLISH_USERNAME and MOCHI_PUBLISH_PASSWORD instead.\n"
            .to_owned(),
    };
    text += &pipeline.needs();
    text += "publish:\n  image: python:3.13-trixie\n  rules:\n    - if: $CI_COMMIT_TAG\n  environment:\n";
    let _ = writeln!(text, "    name: {environment}");
    if let Some(page) = pipeline.page() {
        let _ = writeln!(text, "    url: {}", quoted(&page));
    }
    if let Some(warehouse) = pipeline.warehouse {
        let audience = audience(warehouse);
        let variable = audience.to_ascii_uppercase();
        let _ = write!(
            text,
            "  id_tokens:\n    {variable}_ID_TOKEN:  # for the index\n      aud: {audience}\n    \
             SIGSTORE_ID_TOKEN:  # for the attestations\n      aud: sigstore\n"
        );
    }
    text += "  script:\n";
    if pipeline.native.rust {
        // The image has no Rust.
        for command in [
            "apt-get update",
            "apt-get install --yes --no-install-recommends rustup",
            "rustup toolchain install stable --profile minimal",
            RUST_TARGET,
        ] {
            let _ = writeln!(text, "    - {}", quoted(command));
        }
    }
    let _ = writeln!(text, "    - {}", pipeline.installs());
    let _ = writeln!(text, "    - {}", pipeline.command());
    text
}

/// The audience of a Warehouse's tokens: its name without dots.
fn audience(warehouse: &str) -> String {
    warehouse
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline<'a>(index: &'a str, warehouse: Option<&'a str>) -> Pipeline<'a> {
        Pipeline {
            project: "mochi-demo",
            index,
            is_default: index == "pypi",
            warehouse,
            version: "0.1.0",
            source: "build/python",
            native: Native::default(),
        }
    }

    /// Machines of a CI have no compiler for WebAssembly that is new enough.
    #[test]
    fn native_modules_get_what_they_are_built_with() {
        let plain = pipeline("pypi", Some("pypi"));
        let native = Native {
            any: true,
            rust: true,
            full_api: true,
        };
        let with = Pipeline { native, ..plain };
        let installs = "pip install mochi-py==0.1.0 ziglang\"";
        for write in [github, gitlab] {
            let (without, text) = (write(&plain), write(&with));
            assert!(without.contains("# The Python tree `build/python` has to be"));
            for line in [installs, RUST_TARGET, "MOCHI_PYODIDE_DIR"] {
                assert!(text.contains(line), "{line}: {text}");
                assert!(!without.contains(line), "{line}: {without}");
            }
            let place = |line| text.find(line).unwrap();
            assert!(place(RUST_TARGET) < place("mochi py publish\""));
        }
    }

    #[test]
    fn a_warehouse_needs_no_secret() {
        let text = github(&pipeline("pypi", Some("pypi")));
        for line in [
            "      id-token: write  #",
            "      name: pypi\n",
            "      contents: read\n",
            "      - run: \"mochi py publish\"\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("secrets."));
        let text = gitlab(&pipeline("test.pypi", Some("test.pypi")));
        for line in [
            "    TESTPYPI_ID_TOKEN:",
            "      aud: testpypi\n",
            "    SIGSTORE_ID_TOKEN:",
            "      aud: sigstore\n",
            "    - \"mochi py publish --index 'test.pypi'\"\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn another_index_is_given_a_token_of_the_environment() {
        let text = github(&pipeline("https://a.example/x/", None));
        assert!(text.contains("MOCHI_PUBLISH_TOKEN: ${{ secrets.MOCHI_PUBLISH_TOKEN }}"));
        assert!(text.contains("--index 'https://a.example/x/'"));
        assert!(!text.contains("id-token"));
        assert!(!gitlab(&pipeline("corp", None)).contains("id_tokens"));
    }
}
