//! `mochi py build`, from the outside: sample packages of `fixtures/packages` are built, and judged
//! by the tools of the field.

mod native;
mod project;
mod pyodide;
mod referees;
mod reproducible;
