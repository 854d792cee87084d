//! Which parts of WebAssembly a module uses that the oldest engine lacks.
//!
//! That engine is the one of Node 20, V8 11.3: every release of the table runs there, and so does
//! everything newer.

use crate::code::Code;
use wasmparser::{Validator, WasmFeatures};

/// What Node 20 has, but for threads, of which Pyodide has none.
const NODE_20: WasmFeatures = WasmFeatures::MVP
    .union(WasmFeatures::MUTABLE_GLOBAL)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    // Tags, which the older exceptions use too. `Code` finds what else this lets in.
    .union(WasmFeatures::EXCEPTIONS);

/// A part of WebAssembly that Node 20 lacks, or that a side module of Pyodide cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// Arithmetic in the initial values of globals and the places of data.
    ExtendedConst,
    /// Exceptions as values, `exnref`: the newer of the two designs.
    ExceptionReferences,
    /// Shared memories and atomic instructions.
    Threads,
    /// Vector instructions whose results depend on the processor.
    RelaxedSimd,
    /// Memories with addresses of 64 bits.
    Memory64,
    /// References with types of functions.
    FunctionReferences,
    /// Structures and arrays that the engine collects.
    GarbageCollection,
    /// More than one memory.
    MultiMemory,
    /// Continuations.
    StackSwitching,
    /// Arithmetic on 128 bits.
    WideArithmetic,
}

const REFUSED: [(Feature, WasmFeatures); 9] = [
    (Feature::ExtendedConst, WasmFeatures::EXTENDED_CONST),
    (Feature::Threads, WasmFeatures::THREADS),
    (Feature::RelaxedSimd, WasmFeatures::RELAXED_SIMD),
    (Feature::Memory64, WasmFeatures::MEMORY64),
    (
        Feature::FunctionReferences,
        WasmFeatures::FUNCTION_REFERENCES,
    ),
    (Feature::GarbageCollection, WasmFeatures::GC),
    (Feature::MultiMemory, WasmFeatures::MULTI_MEMORY),
    (Feature::StackSwitching, WasmFeatures::STACK_SWITCHING),
    (Feature::WideArithmetic, WasmFeatures::WIDE_ARITHMETIC),
];

impl Feature {
    /// Its name, as tools have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExtendedConst => "extended-const",
            Self::ExceptionReferences => "exnref exceptions",
            Self::Threads => "threads",
            Self::RelaxedSimd => "relaxed-simd",
            Self::Memory64 => "memory64",
            Self::FunctionReferences => "function-references",
            Self::GarbageCollection => "gc",
            Self::MultiMemory => "multi-memory",
            Self::StackSwitching => "stack-switching",
            Self::WideArithmetic => "wide-arithmetic",
        }
    }

    /// Who lacks it. Engines have had threads for long.
    #[must_use]
    pub const fn lacking(self) -> &'static str {
        match self {
            Self::Threads => "Pyodide",
            _ => "Node 20",
        }
    }

    /// What to do without it.
    #[must_use]
    pub const fn instead(self) -> &'static str {
        match self {
            Self::ExtendedConst => {
                "it was compiled for a CPU with extended-const; build with `-mno-extended-const`, with zig \
                 with `-mcpu=generic`"
            }
            Self::ExceptionReferences => {
                "build with `-mllvm -wasm-use-legacy-eh`, and link objects that were built so"
            }
            Self::Threads => "build without `-pthread` and `-matomics`",
            Self::RelaxedSimd => "build without `-mrelaxed-simd`; `-msimd128` is fine",
            Self::Memory64 => "build for wasm32, not for wasm64",
            Self::MultiMemory => "build without `-mmultimemory`",
            Self::FunctionReferences
            | Self::GarbageCollection
            | Self::StackSwitching
            | Self::WideArithmetic => "build with `-mcpu=generic`",
        }
    }
}

/// The features that a module needs and cannot have.
///
/// # Errors
/// What the validator says of a module that is valid with no set of features.
pub(crate) fn lacking(bytes: &[u8], code: &Code) -> Result<Vec<Feature>, String> {
    let mut lacking = Vec::new();
    if code.exception_references {
        lacking.push(Feature::ExceptionReferences);
    }
    if valid(bytes, NODE_20).is_ok() {
        return Ok(lacking);
    }
    let all = REFUSED
        .iter()
        .fold(NODE_20, |features, (_, feature)| features | *feature);
    valid(bytes, all)?;
    // The validator stops at the first: what cannot be taken away is what is needed. Some bring
    // others with them, and stand behind those in the list.
    let mut needed = all;
    for (feature, flag) in REFUSED.iter().rev() {
        if valid(bytes, needed - *flag).is_ok() {
            needed -= *flag;
        } else {
            lacking.push(*feature);
        }
    }
    Ok(lacking)
}

fn valid(bytes: &[u8], features: WasmFeatures) -> Result<(), String> {
    Validator::new_with_features(features)
        .validate_all(bytes)
        .map(|_| ())
        .map_err(|error| error.to_string())
}
