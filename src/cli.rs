//! The flags as they are typed.

mod examples;

use crate::ui::ColorChoice;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use examples::{
    BUILD_EXAMPLE, EXIT_CODES, EXPORT_EXAMPLE, MIRROR_EXAMPLES, PUBLISH_EXAMPLE, WRAP_EXAMPLE,
};
use std::path::PathBuf;

/// The Mochi tool.
#[derive(Debug, Parser)]
#[command(
    name = "mochi",
    version,
    about = "Tools of the Mochi language",
    propagate_version = true
)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// The tool.
    #[command(subcommand)]
    pub tool: Tool,
}

impl Cli {
    /// Reads the program's own words.
    ///
    /// # Errors
    /// They are no command of this program.
    pub fn try_parse_words() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let mut cli = Self::from_arg_matches(&matches)?;
        // Flags of all commands are known to the innermost one.
        let mut innermost = &matches;
        while let Some((_, inner)) = innermost.subcommand() {
            innermost = inner;
        }
        let known = innermost.try_contains_id("index").unwrap_or_default();
        let Tool::Py(py) = &mut cli.tool;
        py.global.index_typed =
            known && innermost.value_source("index") == Some(ValueSource::CommandLine);
        Ok(cli)
    }
}

/// The tools.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// Python packages for Mochi programs, for every place where Python runs
    #[command(after_help = EXIT_CODES)]
    Py(Py),
}

/// `mochi py`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Py {
    /// What is typed with every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of all commands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The project's folder [default: the nearest one upwards with a mochi.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// The package index: a URL, a folder, or a bare name such as `pypi`; or a mirror of the lock
    #[arg(
        long,
        global = true,
        value_name = "URL|NAME",
        env = "MOCHI_INDEX_URL",
        hide_env_values = true
    )]
    pub index: Option<String>,
    /// Whether `--index` was typed, rather than taken from the environment.
    #[arg(skip)]
    pub index_typed: bool,
    /// A folder, or a page of links, with wheels to be used besides the index
    #[arg(long, global = true, value_name = "DIR")]
    pub find_links: Vec<String>,
    /// Use only what is in the cache and on this machine
    #[arg(long, global = true)]
    pub offline: bool,
    /// The cache's folder
    #[arg(long, global = true, value_name = "DIR", env = "MOCHI_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Do not read wheels for WebAssembly targets to warn of imports that these lack
    #[arg(
        long,
        global = true,
        env = "MOCHI_NO_IMPORT_CHECK",
        value_parser = clap::builder::FalseyValueParser::new(),
        hide_env_values = true
    )]
    pub no_import_check: bool,
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print details, each request among them
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,
    /// Show no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a minimal mochi.toml for this machine
    Init(Init),
    /// Add requirements, and lock
    Add(Add),
    /// Remove requirements, and lock
    Remove(Remove),
    /// Resolve for every environment, and write mochi.lock
    Lock(Lock),
    /// Install exactly what the lock says
    Sync(Sync),
    /// Say why requirements do or do not fit, environment by environment
    Explain(Explain),
    /// Show the table of targets
    Targets,
    /// Show the graph of locked packages
    Tree(Tree),
    /// Show the paths by which a package is required
    Why(Why),
    /// Call one Python function, in any runtime mode
    Call(Call),
    /// Write the lock in another tool's format
    Export(Export),
    /// Write everything the lock needs into a folder that any web server can serve
    Mirror(Mirror),
    /// Build this package's sdist and wheels
    Build(Build),
    /// Build, check and upload this package's sdist and wheels
    Publish(Publish),
    /// Write the bridge of [python.bridge]: a Python wrapper, its stub, a WIT world
    Wrap(Wrap),
    /// Look at the cache, or empty it
    Cache(Cache),
}

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The project's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
}

/// `add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mochi py add requests 'numpy>=2'
  mochi py add 'httpx[http2]>=0.27; python_version >= \"3.12\"'
  mochi py add lxml --target linux-x64 --target macos-arm64
  mochi py add 'demo @ https://example.org/demo-1.0-py3-none-any.whl'

With --target the requirement is for those targets only, and the project is extended by those it
does not have yet; with --python the project is extended by those Python versions.")]
pub struct Add {
    /// Requirements as PEP 508 writes them
    #[arg(required = true, value_name = "REQ")]
    pub requirements: Vec<String>,
    /// A target that the requirements are for (several may be given)
    #[arg(long = "target", value_name = "T")]
    pub targets: Vec<String>,
    /// A Python version to lock for (several may be given)
    #[arg(long = "python", value_name = "X.Y")]
    pub pythons: Vec<String>,
    /// Record what nothing fits as skips, instead of failing
    #[arg(long)]
    pub allow_skips: bool,
    /// Take a package whatever its index says now of who published it, and record that (several
    /// may be given); ask the project first
    #[arg(long, value_name = "NAME")]
    pub accept_publisher: Vec<String>,
}

/// `remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Names of packages
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Record what nothing fits as skips, instead of failing
    #[arg(long)]
    pub allow_skips: bool,
    /// Take a package whatever its index says now of who published it, and record that (several
    /// may be given); ask the project first
    #[arg(long, value_name = "NAME")]
    pub accept_publisher: Vec<String>,
}

/// `lock`.
#[derive(Debug, Args)]
#[command(
    after_help = "Versions of an existing lock are kept where they still fit.

Where an index offers provenance (PEP 740) of a wheel that was chosen, it is verified, and the lock
records who published the wheel. From then on a package that loses its publisher, or has another,
is an error. `attestations` in `[python]` is \"record\" by default; \"ignore\" does not ask, and with
\"required\" every wheel of an index must have it (folders of --find-links, which have none, are
indexes too; what is named by path or URL, and what Pyodide curates, is not)."
)]
pub struct Lock {
    /// Write nothing; fail if the lock is missing or stale
    #[arg(long)]
    pub check: bool,
    /// Take the newest versions, whatever the lock has
    #[arg(long, conflicts_with = "check")]
    pub upgrade: bool,
    /// Take the newest version of this package (several may be given)
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    pub upgrade_package: Vec<String>,
    /// Record what nothing fits as skips, instead of failing
    #[arg(long)]
    pub allow_skips: bool,
    /// Take a package whatever its index says now of who published it, and record that (several
    /// may be given); ask the project first
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    pub accept_publisher: Vec<String>,
}

/// `sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// The target to install for; only this machine's can be used in place
    #[arg(long, value_name = "T", default_value = "host")]
    pub target: String,
    /// A virtual environment, made if it is not there [default: .venv]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["into"])]
    pub venv: Option<PathBuf>,
    /// A plain folder, as with `pip install --target`
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// An interpreter to install into; with --venv, the one to make it with
    #[arg(long, value_name = "EXE", conflicts_with = "into")]
    pub python: Option<PathBuf>,
    /// Compare the content of every file that is there already, in the cache too, and repair it
    #[arg(long, conflicts_with = "check")]
    pub verify: bool,
    /// The environment, where the target has several in the lock
    #[arg(long, value_name = "E")]
    pub environment: Option<String>,
    /// Change nothing; fail if anything differs from the lock
    #[arg(long)]
    pub check: bool,
    /// How files come from the cache
    #[arg(long, value_enum, default_value_t)]
    pub link_mode: LinkModeArg,
    /// Compile installed modules to bytecode
    #[arg(long)]
    pub compile_bytecode: bool,
}

/// How files come from the cache into an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LinkModeArg {
    /// Reflinks or hard links where the file system allows, else copies
    #[default]
    Auto,
    /// Hard links
    Hardlink,
    /// Reflinks (copy on write)
    Reflink,
    /// Copies
    Copy,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Requirements as PEP 508 writes them
    #[arg(required = true, value_name = "REQ")]
    pub requirements: Vec<String>,
    /// A target to look at (several may be given) [default: the project's]
    #[arg(long = "target", value_name = "T")]
    pub targets: Vec<String>,
    /// Look at every target of the table, and at the newest Pyodide release of each Python
    #[arg(long, conflicts_with = "targets")]
    pub all_targets: bool,
    /// A Python version to look at (several may be given) [default: the project's]
    #[arg(long = "python", value_name = "X.Y")]
    pub pythons: Vec<String>,
}

/// `tree`.
#[derive(Debug, Args)]
pub struct Tree {
    /// The environment [default: this machine's, else the first]
    #[arg(long, value_name = "E")]
    pub environment: Option<String>,
}

/// `why`.
#[derive(Debug, Args)]
pub struct Why {
    /// The name of a package
    pub name: String,
    /// The environment [default: every one that has the package]
    #[arg(long, value_name = "E")]
    pub environment: Option<String>,
}

/// `call`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mochi py call math:sqrt '[2]'
  mochi py call json:dumps '{\"obj\": [1, null], \"indent\": 2}'
  mochi py call demo.text:render '[\"x\"]' --mode pyodide --path build/python

An array is arguments by position, an object arguments by name, anything else the one argument.
What JSON has no form for is an object with one key: {\"$bytes\": BASE64}, {\"$float\": \"nan\"}
(inf, -inf); {\"$map\": [[KEY, VALUE], …]} is a map whose keys begin with $. The result is printed
the same way. An exception of Python is exit code 1, with its traceback on stderr.

Modes: embedded (libpython, by mochi-py-host), subprocess (a Python process), pyodide (by Node.js),
wasi (a component, by mochi-py-host). `auto` is what the target has: embedded on an operating
system, or subprocess where no mochi-py-host is there for the interpreter.

In the mode wasi Python sees the folders of --path, and nothing else that is not allowed.")]
pub struct Call {
    /// The module, which is imported, and the function in it
    #[arg(value_name = "MODULE:FUNCTION")]
    pub function: String,
    /// The arguments, as JSON; `-` reads them from stdin
    #[arg(value_name = "JSON-ARGS")]
    pub args: Option<String>,
    /// The runtime mode: auto, embedded, subprocess, pyodide or wasi [default: the manifest's
    /// `runtime-mode`, else auto]
    #[arg(long, value_name = "M")]
    pub mode: Option<String>,
    /// The target, by name or as a Rust target triple [default: the mode's, else this machine's]
    #[arg(long, value_name = "T")]
    pub target: Option<String>,
    /// A folder for Python's path, before all others (several may be given)
    #[arg(long, value_name = "DIR")]
    pub path: Vec<PathBuf>,
    /// A virtual environment [default: the project's .venv, else the active one]
    #[arg(long, value_name = "DIR", conflicts_with = "python")]
    pub venv: Option<PathBuf>,
    /// An interpreter
    #[arg(long, value_name = "EXE")]
    pub python: Option<PathBuf>,
    /// The folder of a Pyodide, for the mode pyodide [default: node_modules/pyodide, upwards]
    #[arg(
        long,
        value_name = "DIR",
        env = "MOCHI_PYODIDE_DIR",
        hide_env_values = true
    )]
    pub pyodide: Option<PathBuf>,
    /// A folder that Python may see in the mode wasi, `DIR` or `DIR::GUEST`; it may write where
    /// `:rw` stands behind
    #[arg(long, value_name = "DIR")]
    pub allow_dir: Vec<String>,
    /// An environment variable that Python may see in the mode wasi, `NAME` or `NAME=VALUE`
    #[arg(long, value_name = "NAME")]
    pub allow_env: Vec<String>,
    /// Let Python open connections in the mode wasi
    #[arg(long)]
    pub allow_network: bool,
    /// How long the call may take
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<std::time::Duration>,
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    std::time::Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// `export`.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLE)]
pub struct Export {
    /// The format
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Only this environment
    #[arg(long, value_name = "E")]
    pub environment: Option<String>,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Formats of other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// PEP 751, for pip and uv
    Pylock,
    /// requirements.txt with hashes
    Requirements,
    /// pyodide-lock.json of one environment of Pyodide, for loadPyodide
    PyodideLock,
}

/// `mirror`.
#[derive(Debug, Args)]
#[command(after_help = MIRROR_EXAMPLES)]
pub struct Mirror {
    /// The folder of the mirror, made if it is not there, or a place in a bucket:
    /// s3://BUCKET/PREFIX, gs://…, az://…
    #[arg(value_name = "DEST")]
    pub dest: PathBuf,
    /// Compare every file of the mirror with its record, offline; fail if one is missing, changed
    /// or foreign
    #[arg(long, conflicts_with_all = ["prune", "dry_run", "environment"])]
    pub check: bool,
    /// Remove files that no mirrored lock needs any more
    #[arg(long)]
    pub prune: bool,
    /// Say what would be transferred and removed, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Only for this environment of the lock (several may be given) [default: all]
    #[arg(long = "environment", value_name = "E")]
    pub environment: Vec<String>,
    /// Put the runtime of Pyodide beside the pyodide-lock.json of each environment: from an npm
    /// package `pyodide` in DIR (or in a folder of the release's name there), else from the npm
    /// registry
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["check", "dry_run"]
    )]
    pub with_pyodide: Option<Option<PathBuf>>,
}

/// `build`.
#[derive(Debug, Args)]
#[command(after_help = BUILD_EXAMPLE)]
pub struct Build {
    /// The folder to write into [default: `dist` in the project]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Build the sdist, and no wheels without --wheel
    #[arg(long)]
    pub sdist: bool,
    /// Build the wheels, and no sdist without --sdist
    #[arg(long)]
    pub wheel: bool,
    /// The folder of a Pyodide of a wheel's release, for native code that uses all of CPython's
    /// API (several may be given) [default: node_modules/pyodide, upwards]
    #[arg(
        long,
        value_name = "DIR",
        env = "MOCHI_PYODIDE_DIR",
        hide_env_values = true
    )]
    pub pyodide: Vec<PathBuf>,
}

/// `publish`.
#[derive(Debug, Args)]
#[command(after_help = PUBLISH_EXAMPLE)]
pub struct Publish {
    /// Build and check, and print every request that would be made; ask nobody, send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Pass over files that the index has already, whatever is in them
    #[arg(long)]
    pub skip_existing: bool,
    /// Upload without attestations, which are signed by default where Trusted Publishing is used
    #[arg(long)]
    pub no_attestations: bool,
    /// Print a pipeline that publishes this package, and do nothing else
    #[arg(long, value_name = "CI", value_enum, conflicts_with_all = ["dry_run", "out"])]
    pub print_workflow: Option<Forge>,
    /// The folder to build into [default: `dist` in the project]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The folder of a Pyodide of a wheel's release, as for `build` (several may be given)
    #[arg(
        long,
        value_name = "DIR",
        env = "MOCHI_PYODIDE_DIR",
        hide_env_values = true
    )]
    pub pyodide: Vec<PathBuf>,
}

/// Where pipelines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Forge {
    /// A workflow of GitHub Actions
    Github,
    /// A pipeline of GitLab CI
    Gitlab,
}

/// `wrap`.
#[derive(Debug, Args)]
#[command(after_help = WRAP_EXAMPLE)]
pub struct Wrap {
    /// The folder to write into [default: the Python tree, `[python.publish] source` or
    /// build/python, and a folder `wit` beside it]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if a file is missing or differs
    #[arg(long)]
    pub check: bool,
}

/// `cache`.
#[derive(Debug, Args)]
pub struct Cache {
    /// What to do.
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum CacheAction {
    /// Print its folder
    Dir,
    /// Print how much it holds
    Size,
    /// Remove what is left of interrupted runs, and what was not used for long
    Prune,
    /// Remove all of it
    Clean,
}
