//! `[python.bridge]`: what Mochi and Python call of each other.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `name` | a name, and its forms in Python and WIT |
//! | `kind` | the closed table of types |
//! | `package` | the WIT package and its version |
//! | `parse` | the tables, read |
//! | `check` | what no form of the bridge can have: clashes, cycles |

mod check;
mod kind;
mod name;
mod package;
mod parse;
#[cfg(test)]
mod tests;

pub use kind::Type;
pub use name::{Name, WRAPPER_NEEDS};
pub use package::WitPackage;
pub(crate) use parse::parse;

/// The bridge, checked: every form of it can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// The Python module that is written, `demo.bridge`.
    pub module: String,
    /// The WIT package.
    pub wit_package: WitPackage,
    /// The record types, in the order of the file.
    pub records: Vec<Record>,
    /// The functions of the host that Python calls, in the order of the file.
    pub host: Vec<HostFunction>,
    /// The functions of Python that the host calls, in the order of the file.
    pub python: Vec<PythonFunction>,
}

/// A record type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its fields; there is at least one.
    pub fields: Vec<Field>,
}

/// A field of a record, or a parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: Type,
}

/// What every function has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: Name,
    /// What it takes.
    pub params: Vec<Field>,
    /// What it gives; without, nothing.
    pub result: Option<Type>,
    /// What it does, line by line; empty where nothing is said.
    pub doc: Vec<String>,
}

/// A function of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFunction {
    /// What it is called, takes and gives.
    pub signature: Signature,
    /// Whether Python awaits it.
    pub is_async: bool,
}

/// A function of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonFunction {
    /// What it is called, takes and gives.
    pub signature: Signature,
    /// The module that has it.
    pub module: String,
    /// Where in the module it is: a name, or a path of attributes.
    pub attribute: String,
}

impl Bridge {
    /// The signatures of all functions, those of the host first.
    pub fn signatures(&self) -> impl Iterator<Item = &Signature> {
        let host = self.host.iter().map(|function| &function.signature);
        host.chain(self.python.iter().map(|function| &function.signature))
    }

    /// Every type that stands in the bridge, inner ones too.
    pub fn kinds(&self) -> impl Iterator<Item = &Type> {
        let fields = self.records.iter().flat_map(|record| &record.fields);
        let params = self.signatures().flat_map(|signature| &signature.params);
        let results = self
            .signatures()
            .filter_map(|function| function.result.as_ref());
        let stated = fields.chain(params).map(|field| &field.kind);
        stated.chain(results).flat_map(Type::with_inner)
    }
}
