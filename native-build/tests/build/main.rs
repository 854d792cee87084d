//! Real compilers, real Pyodides: what is built is loaded and called.

mod c;
mod errors;
mod rust;
mod support;
