//! What a crate of PyO3 does: values both ways, std, a panic.

use std::collections::HashMap;

use pyo3::prelude::*;

#[pyfunction]
fn add(a: i64, b: i64) -> i64 {
    if cfg!(feature = "doubled") { 2 * (a + b) } else { a + b }
}

#[pyfunction]
fn count(words: Vec<String>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

#[pyfunction]
fn size(path: &str) -> PyResult<u64> {
    Ok(std::fs::metadata(path)?.len())
}

#[pyfunction]
fn panics() {
    panic!("a panic");
}

#[pymodule]
fn fast(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(add, module)?)?;
    module.add_function(wrap_pyfunction!(count, module)?)?;
    module.add_function(wrap_pyfunction!(size, module)?)?;
    module.add_function(wrap_pyfunction!(panics, module)?)
}
