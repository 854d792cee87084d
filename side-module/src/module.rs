//! What a module imports and exports, read without judging it.

use crate::symbol_type::signature_text;
use crate::{Limits, SymbolType};
use std::collections::BTreeMap;
use wasmparser::{
    Encoding, ExternalKind, FuncType, GlobalType, MemoryType, Parser, Payload, TableType, TypeRef,
};

/// The imports and exports of a WebAssembly module.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The imports, in their order.
    pub imports: Vec<Import>,
    /// The exports, by name.
    pub exports: BTreeMap<String, SymbolType>,
    /// Where a memory is shared between threads: its name.
    pub(crate) shared_memory: Option<String>,
}

/// Something that a module imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The namespace, `env` or `GOT.mem`.
    pub module: String,
    /// The symbol.
    pub name: String,
    /// Its type.
    pub symbol_type: SymbolType,
}

/// Why bytes are no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAModule {
    /// A component, in which modules are nested.
    #[error(
        "it is a WebAssembly component, and Pyodide loads modules: build for wasm32-emscripten"
    )]
    Component,
    /// Bytes that do not parse.
    #[error("it is not a WebAssembly module: {message}")]
    Broken {
        /// What the parser says, and where.
        message: String,
    },
}

impl From<wasmparser::Error> for NotAModule {
    fn from(error: wasmparser::Error) -> Self {
        Self::Broken {
            message: error.to_string(),
        }
    }
}

impl Module {
    /// Reads the imports and exports.
    ///
    /// # Errors
    /// [`NotAModule`] with what the parser says.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAModule> {
        let mut reading = Reading::default();
        for payload in Parser::new(0).parse_all(bytes) {
            reading.take(payload?)?;
        }
        Ok(reading.module)
    }
}

/// What has been read so far: exports name things by their place among those of their kind.
#[derive(Default)]
struct Reading {
    types: Vec<Option<FuncType>>,
    functions: Vec<SymbolType>,
    globals: Vec<SymbolType>,
    tables: Vec<SymbolType>,
    memories: Vec<SymbolType>,
    tags: Vec<SymbolType>,
    module: Module,
}

impl Reading {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), NotAModule> {
        match payload {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return Err(NotAModule::Component),
            Payload::TypeSection(types) => {
                for group in types {
                    for ty in group?.into_types() {
                        let function = match ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        };
                        self.types.push(function);
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let symbol_type = self.define(import.ty, import.name)?;
                    self.module.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        symbol_type,
                    });
                }
            }
            Payload::FunctionSection(functions) => {
                for index in functions {
                    self.define(TypeRef::Func(index?), "")?;
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.define(TypeRef::Table(table?.ty), "")?;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.define(TypeRef::Memory(memory?), "its own")?;
                }
            }
            Payload::TagSection(tags) => {
                for tag in tags {
                    self.define(TypeRef::Tag(tag?), "")?;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.define(TypeRef::Global(global?.ty), "")?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let symbol_type = self.at(export.kind, export.index)?;
                    self.module
                        .exports
                        .insert(export.name.to_owned(), symbol_type);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts the next thing of a kind behind those that there are.
    fn define(&mut self, ty: TypeRef, name: &str) -> Result<SymbolType, NotAModule> {
        let symbol_type = match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                SymbolType::Function(self.signature(index)?)
            }
            TypeRef::Tag(tag) => SymbolType::Tag(self.signature(tag.func_type_idx)?),
            TypeRef::Global(global) => of_global(global),
            TypeRef::Table(table) => of_table(table),
            TypeRef::Memory(memory) => {
                if memory.shared {
                    self.module.shared_memory = Some(name.to_owned());
                }
                of_memory(memory)
            }
        };
        let space = match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => &mut self.functions,
            TypeRef::Tag(_) => &mut self.tags,
            TypeRef::Global(_) => &mut self.globals,
            TypeRef::Table(_) => &mut self.tables,
            TypeRef::Memory(_) => &mut self.memories,
        };
        space.push(symbol_type.clone());
        Ok(symbol_type)
    }

    fn at(&self, kind: ExternalKind, index: u32) -> Result<SymbolType, NotAModule> {
        let space = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &self.functions,
            ExternalKind::Tag => &self.tags,
            ExternalKind::Global => &self.globals,
            ExternalKind::Table => &self.tables,
            ExternalKind::Memory => &self.memories,
        };
        space
            .get(index as usize)
            .cloned()
            .ok_or_else(|| NotAModule::Broken {
                message: format!("an export names {kind:?} {index}, which is not there"),
            })
    }

    fn signature(&self, index: u32) -> Result<String, NotAModule> {
        let function = self.types.get(index as usize).and_then(Option::as_ref);
        function
            .map(|function| signature_text(function.params(), function.results()))
            .ok_or_else(|| NotAModule::Broken {
                message: format!("type {index} is not the type of a function"),
            })
    }
}

fn of_global(global: GlobalType) -> SymbolType {
    let mutable = if global.mutable { "mut " } else { "" };
    SymbolType::Global(format!("{mutable}{}", global.content_type))
}

fn of_table(table: TableType) -> SymbolType {
    let limits = Limits {
        minimum: table.initial,
        maximum: table.maximum,
    };
    SymbolType::Table(table.element_type.to_string(), limits)
}

const fn of_memory(memory: MemoryType) -> SymbolType {
    SymbolType::Memory(Limits {
        minimum: memory.initial,
        maximum: memory.maximum,
    })
}
