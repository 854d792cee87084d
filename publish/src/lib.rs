//! A Mochi package as Python distributions. Pure: values in, values out.
//!
//! [`Package::check`] takes the manifest and the files, and gives either the package with all that
//! its distributions say, or every mistake at once. [`Package::sdist`] and [`Package::wheel`] make
//! the bytes, with the glue vendored in ([`Glue`]); [`warehouse::check`] reads them back by the rules
//! of a public index. [`upload::Form`] is what is sent of them, and [`upload::judge`] what came of it.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `package` | the package: checked fields and files |
//! | `describe`, `author`, `license`, `classifiers`, `requires`, `scripts` | core metadata from the manifest, field by field |
//! | `tags` | `wheel-tags` against the table of targets |
//! | `tree`, `vendor` | the Python tree, and the glue in it |
//! | `pyproject` | the `pyproject.toml` of an sdist |
//! | `distribution` | the bytes of sdist and wheels |
//! | `warehouse` | what a public index would say |
//! | [`upload`] | what is sent to an index, and what its answers mean |
//! | [`trusted`] | Trusted Publishing: a CI's token for one of the index |
//! | [`workflow`] | pipelines that publish, as text |

mod author;
mod classifiers;
mod describe;
mod distribution;
mod license;
mod package;
mod pyproject;
mod requires;
mod scripts;
mod secret;
mod tags;
mod tree;
pub mod trusted;
pub mod upload;
mod vendor;
pub mod warehouse;
pub mod workflow;

pub use author::Author;
pub use distribution::{BuildError, Built, SideModule};
pub use package::{Checked, Package, Sources};
pub use secret::Secret;
pub use tags::{Kind, Plan};
pub use tree::Files;
pub use vendor::{GLUE, Glue, VENDOR};

/// Where the distributions are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The index, as messages call it.
    pub name: String,
    /// Whether it is a public Warehouse, which has rules of its own.
    pub warehouse: bool,
}

impl Destination {
    /// No index in particular.
    #[must_use]
    pub fn anywhere() -> Self {
        Self {
            name: "an index".to_owned(),
            warehouse: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use manifest::publish::{Given, Place, Text};

    /// Text of a manifest, for tests.
    pub(crate) fn text(value: &str) -> Text {
        let place = Place {
            file: "mochi.toml".to_owned(),
            line: 1,
            key: "key".to_owned(),
        };
        Given {
            value: value.to_owned(),
            place,
        }
    }
}
