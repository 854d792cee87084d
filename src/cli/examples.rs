//! What stands behind the flags in `--help`: examples, and what they do not say.

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the request cannot be met: no solution, a skip, a stale lock, a failed verification
  2  wrong use, or an invalid file (manifest, lock, wheel)
  3  the outside failed (network, disk), after retries";

pub(super) const EXPORT_EXAMPLE: &str = "Examples:
  mochi py export --format pylock --out pylock.toml
  mochi py export --format requirements --environment linux-x64-cp313
  mochi py export --format pyodide-lock --out public/pyodide-lock.json

With pyodide-lock a page loads what is locked, and nothing else (whole URLs: of less Pyodide makes
no base for relative names; in Node it takes packages from folders alone):

  const lockFileURL = new URL(\"pyodide-lock.json\", location).href;
  const pyodide = await loadPyodide({ lockFileURL });
  await pyodide.loadPackagesFromImports(\"import numpy\");

In it stands every package of the environment, with the modules that its wheel brings, what it
needs, its hash and its address. Wheels are fetched to be read, but for those that the Pyodide
release curates. Parts of the standard library that releases up to 0.29 load apart (ssl, sqlite3),
and micropip, are in it where the project requires them, by name or through others.";

pub(super) const MIRROR_EXAMPLES: &str = "Examples:
  mochi py mirror wheels                     # a folder with all that mochi.lock needs
  mochi py mirror wheels --dry-run           # what would be transferred, and how much
  mochi py mirror wheels --check             # compares every file; needs neither project nor network
  mochi py mirror wheels --prune             # and removes what the lock needs no more
  mochi py mirror wheels --with-pyodide      # and all that a page needs to run Python
  mochi py mirror s3://bucket/wheels         # the same in a bucket, by AWS_ACCESS_KEY_ID and so on

  pip install --index-url file://$PWD/wheels/simple/ NAME
  uv pip install --index-url file://$PWD/wheels/simple/ NAME
  python -m http.server --directory wheels   # then --index-url http://127.0.0.1:8000/simple/
  mochi py sync --offline --index wheels     # with an empty cache, and no network

With --with-pyodide a page has Pyodide and the packages of the lock from one folder:

  import { loadPyodide } from \"./wheels/pyodide/wasm32-emscripten-cp313/pyodide.mjs\";
  const pyodide = await loadPyodide();
  await pyodide.loadPackage(\"NAME\");

The locks of several projects add up in one folder. A run that was interrupted is gone on with by
the next; what is there is not transferred again.";

pub(super) const BUILD_EXAMPLE: &str = "Example, in mochi.toml:
  [package]
  name = \"demo\"
  version = \"0.1.0\"
  description = \"What it is, in a line\"
  authors = [\"Ada <ada@example.org>\"]
  readme = \"README.md\"

  [python.publish]
  distribution-name = \"mochi-demo\"     # [default: the package's name]
  source = \"build/python\"              # the Python tree that the Mochi compiler emitted
  wheel-tags = [\"py3-none-any\", \"cp313-cp313-pyemscripten_2025_0_wasm32\"]
  license-expression = \"MIT\"           # SPDX [default: the package's `license`]
  license-files = [\"LICENSE*\"]         # [default: LICENSE*, COPYING*, NOTICE*, AUTHORS*]
  trove-classifiers = [\"Typing :: Typed\"]
  scripts = { demo = \"demo.cli:main\" }
  urls = { Homepage = \"https://example.org\" }

  [python.publish.native.\"demo._fast\"] # C or C++ for the wheels for Pyodide
  sources = [\"native/fast.c\"]          # and include-dirs, defines
  limited-api = \"3.12\"                 # the stable ABI [default: all of CPython's API]

  [python.publish.native.\"demo._rust\"] # a crate with PyO3
  crate = \"native/rust\"                # and features

The bridge's glue goes into each wheel, as demo._vendor.mochi_runtime, and imports of mochi_runtime
are turned to it. Equal input gives equal bytes; SOURCE_DATE_EPOCH sets the time of the files.
Every file is read back and checked by the rules of a public index. With --index NAME (a bare name,
such as pypi) what that index would not take is an error, and wheels for Pyodide are written by the
name that it takes.";

pub(super) const PUBLISH_EXAMPLE: &str = "Examples:
  mochi py publish --dry-run                 # what would be sent, and where
  mochi py publish                           # to pypi
  mochi py publish --index test.pypi
  mochi py publish --index https://pypi.example.org/user/index/
  mochi py publish --print-workflow github > .github/workflows/publish.yml

--index is the bare name of a Warehouse, the name of an index of the manifest (files are sent to
what lies above its `simple/`), or the URL that takes uploads. MOCHI_INDEX_URL, which is for
installing, is not looked at.

Credentials are found in this order:
  1. Trusted Publishing, in a job of GitHub Actions, GitLab CI, Google Cloud, Buildkite or CircleCI,
     where the index offers it
  2. MOCHI_PUBLISH_TOKEN (sent as the user `__token__`), or MOCHI_PUBLISH_USERNAME and
     MOCHI_PUBLISH_PASSWORD; also where the index does not trust the job, with a warning
  3. ~/.netrc (or NETRC), then the keyring, with MOCHI_KEYRING_PROVIDER=subprocess
  4. the terminal
They are never taken from the command line or a URL, and never printed.

The sdist is sent first, then the wheel for every platform, then the others. What the index has
already is not sent again, so that an interrupted run can be repeated. A file of the same name with
other contents is an error; with --skip-existing it is passed over with a warning.";

pub(super) const WRAP_EXAMPLE: &str = "Example, in mochi.toml:
  [python.bridge]
  module = \"demo.bridge\"

  [python.bridge.records.point]
  x = \"float\"
  y = \"optional<float>\"

  [[python.bridge.host]]             # Python calls it: demo.bridge.distance(a, b)
  name = \"distance\"
  params = [\"a: point\", \"b: point\"]
  result = \"float\"

  [[python.bridge.python]]           # Mochi calls it
  name = \"area\"
  function = \"demo.geometry:area\"
  params = [\"points: list<point>\"]
  result = \"float\"

It writes build/python/demo/bridge.py, its .pyi, build/wit/bridge.wit, and an empty
build/python/demo/__init__.py if there is none; with --out DIR, all of it into DIR.
Types are bool, int, float, string, bytes, list<T>, map<T> (keys are strings), optional<T>
and records.";
