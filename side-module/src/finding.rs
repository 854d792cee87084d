//! What is wrong with a side module, in words.

use crate::{Feature, NotAModule, Releases, SymbolType};

/// Why a side module is refused. Every message names the thing, what would happen, and the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The wheel is for no platform of Pyodide.
    #[error("no platform was named; name at least one of {known}")]
    NoPlatform {
        /// The platforms that are known.
        known: String,
    },
    /// A platform that is not in the table.
    #[error("there is no platform `{platform}` of Pyodide; known are {known}")]
    UnknownPlatform {
        /// The platform as given.
        platform: String,
        /// The platforms that are known.
        known: String,
    },
    /// It is no module.
    #[error("{0}")]
    NotAModule(NotAModule),
    /// A module that no engine takes.
    #[error("it is not a valid WebAssembly module: {message}; build it again")]
    Invalid {
        /// What the validator says, and where.
        message: String,
    },
    /// It uses what the oldest engine, or Pyodide, lacks.
    #[error("it uses {}, which {} lacks: {}", .feature.name(), .feature.lacking(), .feature.instead())]
    Feature {
        /// The part of WebAssembly.
        feature: Feature,
    },
    /// It shares its memory between threads, and Pyodide has none.
    #[error(
        "its memory `{memory}` is shared between threads, so that it never loads: build without \
         `-pthread` and `--shared-memory`"
    )]
    SharedMemory {
        /// The name of the memory.
        memory: String,
    },
    /// It has no section for loaders.
    #[error(
        "it is no side module, since it has no section `dylink.0`: link with `-shared`, with emcc \
         with `-sSIDE_MODULE=2`"
    )]
    NotShared,
    /// Its section for loaders is not where they look.
    #[error(
        "its section `dylink.0` is not the first, where loaders look for it: a tool has moved it \
         after linking, so take what the linker wrote"
    )]
    DylinkNotFirst,
    /// Its section for loaders does not parse.
    #[error("its section `dylink.0` is broken: {message}; link it again")]
    DylinkBroken {
        /// What the parser says.
        message: String,
    },
    /// It needs a library that nobody brings.
    #[error(
        "it needs the library `{library}`, which the wheel does not carry: link it in statically, or \
         put it into the wheel"
    )]
    NeededLibrary {
        /// The library, as the module names it.
        library: String,
    },
    /// A library that comes with it is no module.
    #[error("of the library `{library}`: {problem}")]
    Library {
        /// The library.
        library: String,
        /// What is wrong.
        problem: NotAModule,
    },
    /// It has not the function that CPython calls.
    #[error("it does not export `{function}`, so that no import finds it: {next}")]
    NoInit {
        /// The function that is asked for.
        function: String,
        /// What to do.
        next: String,
    },
    /// Its function that CPython calls is of another type.
    #[error(
        "its `{function}` is {found}, and CPython calls a function () -> i32: declare it as \
         `PyMODINIT_FUNC {function}(void)`"
    )]
    InitType {
        /// The function.
        function: String,
        /// Its type.
        found: SymbolType,
    },
    /// It has constructors that never run.
    #[error(
        "it has static constructors, and they never run, since it does not export \
         `__wasm_call_ctors`: link with `--export-if-defined=__wasm_call_ctors`"
    )]
    IdleConstructors,
    /// It imports from a namespace that no loader of side modules has.
    #[error(
        "it imports {symbols} from `{namespace}`, so that it never loads: side modules import from \
         `env`, `GOT.mem`, `GOT.func` and `wasi_snapshot_preview1` alone; leave out what needs them"
    )]
    Namespace {
        /// The namespace.
        namespace: String,
        /// What it imports from there.
        symbols: String,
    },
    /// A function that is not there.
    #[error("{releases} has no function `{symbol}`: {}; {next}", missing(*.at_load))]
    MissingFunction {
        /// The function.
        symbol: String,
        /// Whether its address is asked for, which is looked up when the module is loaded.
        at_load: bool,
        /// Where it is missing.
        releases: Releases,
        /// What to do.
        next: String,
    },
    /// Something else that is not there.
    #[error("{releases} has no {kind} `{symbol}`: it fails when it is loaded; {next}")]
    MissingData {
        /// The symbol.
        symbol: String,
        /// What kind of thing it is, `data` or `tag`.
        kind: &'static str,
        /// Where it is missing.
        releases: Releases,
        /// What to do.
        next: String,
    },
    /// Something that is there with another type.
    #[error(
        "of `{symbol}` the module wants {wanted}, {releases} has {provided}: {}; {}",
        differs(*.at_load), alike(.wanted)
    )]
    DifferentType {
        /// The symbol.
        symbol: String,
        /// The type that the module wants.
        wanted: SymbolType,
        /// The type that is there.
        provided: SymbolType,
        /// Whether an engine refuses it. Where JavaScript stands between, it goes wrong when called.
        at_load: bool,
        /// Where it is so.
        releases: Releases,
    },
}

const fn missing(at_load: bool) -> &'static str {
    if at_load {
        "it fails when it is loaded, since its address is asked for"
    } else {
        "it loads, and a call of that ends Pyodide"
    }
}

const fn differs(at_load: bool) -> &'static str {
    if at_load {
        "a LinkError when it is loaded"
    } else {
        "it loads, and goes wrong when it is used"
    }
}

/// What makes the types equal.
const fn alike(wanted: &SymbolType) -> &'static str {
    if wanted.is_function() {
        "build with the headers of that platform"
    } else {
        "link it with what the linker does by itself for `-shared`"
    }
}
