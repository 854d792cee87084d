//! What only the instructions of a module show.

use std::collections::BTreeSet;
use wasmparser::{
    ElementItems, ExternalKind, FunctionBody, Operator, Parser, Payload, RefType, TypeRef, ValType,
};

/// What was found in the instructions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Code {
    /// There are exceptions as values.
    pub(crate) exception_references: bool,
    /// There is a function that runs constructors, and nobody can call it.
    pub(crate) idle_constructors: bool,
}

impl Code {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, wasmparser::Error> {
        let mut reading = Reading::default();
        for payload in Parser::new(0).parse_all(bytes) {
            reading.take(payload?)?;
        }
        Ok(Self {
            exception_references: reading.exception_references,
            idle_constructors: reading.idle_constructors(),
        })
    }
}

/// The linker makes `__wasm_call_ctors` first of all functions that a module defines. It takes and
/// gives nothing, and does nothing but call: where there are constructors, it calls each. Where
/// nothing exports, calls or names a function like that, they never run. That shows in a module
/// without names too.
#[derive(Default)]
struct Reading {
    exception_references: bool,
    imported: u32,
    bodies: u32,
    /// The types that take and give nothing.
    empty: BTreeSet<u32>,
    types: u32,
    first_is_empty: bool,
    first_only_calls: bool,
    named: BTreeSet<u32>,
}

impl Reading {
    const fn first(&self) -> u32 {
        self.imported
    }

    fn idle_constructors(&self) -> bool {
        self.first_is_empty && self.first_only_calls && !self.named.contains(&self.first())
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<(), wasmparser::Error> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    for ty in group?.into_types() {
                        if let wasmparser::CompositeInnerType::Func(function) =
                            ty.composite_type.inner
                        {
                            let values = || function.params().iter().chain(function.results());
                            self.exception_references |= values().any(is_exception);
                            if values().next().is_none() {
                                self.empty.insert(self.types);
                            }
                        }
                        self.types += 1;
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        self.imported += 1;
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                if let Some(first) = functions.into_iter().next() {
                    self.first_is_empty = self.empty.contains(&first?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.named.insert(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => {
                self.named.insert(func);
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.element(element?.items)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            _ => {}
        }
        Ok(())
    }

    fn element(&mut self, items: ElementItems<'_>) -> Result<(), wasmparser::Error> {
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.named.insert(function?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    for operator in expression?.get_operators_reader() {
                        self.operator(&operator?);
                    }
                }
            }
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), wasmparser::Error> {
        for local in body.get_locals_reader()? {
            let (_, ty) = local?;
            self.exception_references |= is_exception(&ty);
        }
        let (mut calls, mut only) = (0, true);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            self.operator(&operator);
            match operator {
                Operator::Call { .. } => calls += 1,
                // A constructor may give something, which is dropped.
                Operator::Drop | Operator::End => {}
                _ => only = false,
            }
        }
        if self.bodies == 0 {
            self.first_only_calls = only && calls > 0;
        }
        self.bodies += 1;
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => {
                self.named.insert(*function_index);
            }
            Operator::TryTable { .. } | Operator::ThrowRef => self.exception_references = true,
            _ => {}
        }
    }
}

fn is_exception(ty: &ValType) -> bool {
    *ty == ValType::Ref(RefType::EXNREF) || *ty == ValType::Ref(RefType::EXN)
}
