//! `mochi py`: Python packages for Mochi programs, everywhere Python runs.
//!
//! This crate is the command line, and touches the outside. Below it are libraries that take values
//! and return values, but for `runtime` and `native-build`, which start interpreters and compilers:
//!
//! ```text
//! mochi (src/) -> mirror -> resolver
//!              -> manifest, resolver -> pyodide -> wheel -> tag-matrix
//!                 (both over toml-doc)
//!              -> import-scan -> tag-matrix
//!              -> wrap -> manifest
//!              -> publish -> manifest, import-scan, wheel
//!              -> attestation -> wheel
//!              -> native-build, side-module -> tag-matrix
//! ```
//!
//! | crate | what it is |
//! | --- | --- |
//! | `tag-matrix` | the table of targets, and matching wheel tags against it |
//! | `wheel` | names, versions, markers, metadata, wheels, sdists, index pages |
//! | `manifest` | `mochi.toml`: read, checked, edited |
//! | `resolver` | facts to a solution per environment; the lock; explanations; exports |
//! | `pyodide` | the packages that each Pyodide release curates, as data |
//! | `mirror` | an offline mirror of locks: its paths, its record, its pages |
//! | `import-scan` | what modules import, and what a target lacks of it |
//! | `runtime` | the bridge between Mochi and Python: the glue, and the host side of the four runtime modes |
//! | `publish` | a package as sdist and wheels, with the glue vendored in, and what an index would say of them; uploads and Trusted Publishing as values |
//! | `attestation` | attestations of files (PEP 740): what is signed, checks without a network, and why one is refused |
//! | `native-build` | C, C++ and Rust to WebAssembly side modules; runs compilers |
//! | `side-module` | whether a side module loads in the Pyodide releases that it is for, as data |
//! | `wrap` | the forms of `[python.bridge]`: a Python wrapper, its stub, a WIT world |
//! | `toml-doc` | TOML with errors that name file, line and key |
//! | `fixtures` | for tests: a loopback index and scenarios |
//! | `loopback-warehouse` | for tests: an index to publish to, as strict as the public one; real ones, started |
//! | `loopback-sigstore` | for tests: a Sigstore that signs on loopback, and tells lies if asked to |
//! | `loopback` | for tests: HTTP on a loopback port, which these three stand on |
//!
//! # Flows
//! **`lock`** ([`cmd`], [`locking`]): manifest -> environments with their requirements -> loop
//! { `resolver::solve(facts)` -> solved, missing(needs) or unsolvable } -> provenance -> lock. The solver is a
//! pure function that runs again whenever facts arrive. [`io::index`] guesses what it will need
//! and fetches that before it asks, for all environments at once.
//!
//! **provenance** ([`mod@provenance`]): the wheels that were chosen and whose index offers it ->
//! provenance objects fetched at once ([`io::provenance`]) -> verified against the keys of Sigstore,
//! without the network -> publishers, into the lock -> held to those of the lock before
//! (`resolver::lock::publishers`): a package that lost or changed them is an error. A page that
//! offers none costs nothing.
//!
//! **mirror** ([`io::from_mirror`]): `--index MIRROR` changes none of this: what would be fetched is
//! answered by the mirror, below [`io::net`].
//!
//! **imports** ([`imports`]): the wheels that were chosen for WebAssembly -> fetched, parsed
//! ([`io::imports`]) -> warnings of what the target lacks.
//!
//! **`sync`**: lock -> what is missing -> download and unpack at once ([`io::install`]) -> staged
//! beside the packages -> renamed into place.
//!
//! **`export`**: lock -> text. For `pyodide-lock.json` ([`pyodide_lock`]) the wheels that are not
//! curated are fetched and read first: what can be imported from them stands in it.
//!
//! **`mirror`**: lock -> the provenance of its files, verified -> what is missing -> brought into a
//! store, many at once ([`io::mirror`]) -> the record to be -> pages -> the record.
//!
//! **`wrap`**: manifest -> `wrap::render(bridge)` -> the files that differ, written.
//!
//! **`build`**: manifest and files ([`io::package`]) -> `publish::Package::check`: the package, or
//! every mistake at once -> modules compiled and audited ([`io::native`]) -> bytes -> read back, judged
//! by the rules of an index -> written.
//!
//! **`publish`**: what `build` makes -> a form each, in the order of [`publish::upload::rank`] -> what
//! the index has already ([`io::upload`]) -> who publishes ([`io::credentials`], [`io::trusted`],
//! [`io::identity`]) -> attestations ([`io::sign`]) -> one file after the other; an answer that was
//! lost is looked for on the index, not asked for again.
//!
//! **`call`**: words, manifest, target -> a runtime mode -> [`io::bridge`] starts it (this process
//! links neither libpython nor wasmtime: `mochi-py-host` does) -> the result as JSON.
//!
//! **errors**: every layer has its own enum; [`error::Failure`] is what a command ends with. Its
//! kind is the exit code. [`ui`] is the only place that prints.

pub mod cli;
pub mod cmd;
pub mod ctx;
pub mod error;
pub mod fetch;
pub mod imports;
pub mod io;
pub mod locking;
pub mod provenance;
pub mod pyodide_lock;
pub mod report;
pub mod ui;
