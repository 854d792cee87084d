//! Values to Python's objects and back, without text between them.
//!
//! What is not plain (subclasses, other sequences, what cannot cross) goes through the Python
//! side's own `_codec.dumps`: so it crosses, or is refused, with the same words as everywhere.

use super::{Converted, Parts};
use crate::wire::{MAX_DEPTH, WireError, from_message};
use crate::{Integer, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyNone, PyString, PyTuple};

/// The object of a value.
pub(super) fn to_python<'py>(
    py: Python<'py>,
    value: &Value,
    parts: &Parts,
) -> PyResult<Converted<'py>> {
    // Levels of a host error are not the value's.
    down(py, value, parts, MAX_DEPTH + 2)
}

fn down<'py>(
    py: Python<'py>,
    value: &Value,
    parts: &Parts,
    depth: usize,
) -> PyResult<Converted<'py>> {
    Ok(Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Int(integer) => match integer.to_i64() {
            Some(small) => small.into_pyobject(py)?.into_any(),
            None => parts.integer.bind(py).call1((integer.to_string(),))?,
        },
        Value::Float(number) => PyFloat::new(py, *number).into_any(),
        Value::Str(text) => PyString::new(py, text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::List(_) | Value::Map(_) if depth == 0 => return Ok(Err(WireError::Depth)),
        Value::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                match down(py, item, parts, depth - 1)? {
                    Ok(item) => list.append(item)?,
                    refused => return Ok(refused),
                }
            }
            list.into_any()
        }
        Value::Map(pairs) => {
            let map = PyDict::new(py);
            for (key, item) in pairs {
                match down(py, item, parts, depth - 1)? {
                    Ok(item) => map.set_item(key, item)?,
                    refused => return Ok(refused),
                }
            }
            map.into_any()
        }
    }))
}

/// The value of an object.
///
/// # Errors
/// A `MochiError` that says what cannot cross, and where.
pub(super) fn from_python(object: &Bound<'_, PyAny>, parts: &Parts) -> PyResult<Value> {
    if let Some(value) = plain(object, parts, MAX_DEPTH)? {
        return Ok(value);
    }
    // An argument list, and what describes an error, have a level or two of their own.
    let text = parts.dumps.bind(object.py()).call1((object, 1))?;
    let text = text.cast::<PyString>()?;
    from_message(text.to_str()?).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The value of an object that is plain all through; `None` where it is not.
fn plain(object: &Bound<'_, PyAny>, parts: &Parts, depth: usize) -> PyResult<Option<Value>> {
    if object.cast_exact::<PyString>().is_ok() {
        // Lone surrogates have no UTF-8.
        return Ok(object.extract::<&str>().ok().map(Value::from));
    }
    if object.cast_exact::<PyInt>().is_ok() {
        return integer(object, parts).map(Some);
    }
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(Some(Value::Float(number.value())));
    }
    if let Ok(truth) = object.cast_exact::<PyBool>() {
        return Ok(Some(Value::Bool(truth.is_true())));
    }
    if object.cast_exact::<PyNone>().is_ok() {
        return Ok(Some(Value::Null));
    }
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(Some(Value::Bytes(bytes.as_bytes().to_vec())));
    }
    if depth == 0 {
        return Ok(None);
    }
    if let Ok(list) = object.cast_exact::<PyList>() {
        return items(list.iter(), list.len(), parts, depth);
    }
    if let Ok(tuple) = object.cast_exact::<PyTuple>() {
        return items(tuple.iter(), tuple.len(), parts, depth);
    }
    let Ok(map) = object.cast_exact::<PyDict>() else {
        return Ok(None);
    };
    let mut pairs = Vec::with_capacity(map.len());
    for (key, item) in map {
        let key = match key.cast_exact::<PyString>() {
            Ok(_) => key.extract::<String>().ok(),
            Err(_) => None,
        };
        match (key, plain(&item, parts, depth - 1)?) {
            (Some(key), Some(item)) => pairs.push((key, item)),
            _ => return Ok(None),
        }
    }
    Ok(Some(Value::Map(pairs)))
}

fn items<'py>(
    objects: impl Iterator<Item = Bound<'py, PyAny>>,
    length: usize,
    parts: &Parts,
    depth: usize,
) -> PyResult<Option<Value>> {
    let mut items = Vec::with_capacity(length);
    for object in objects {
        match plain(&object, parts, depth - 1)? {
            Some(item) => items.push(item),
            None => return Ok(None),
        }
    }
    Ok(Some(Value::List(items)))
}

fn integer(object: &Bound<'_, PyAny>, parts: &Parts) -> PyResult<Value> {
    if let Ok(small) = object.extract::<i64>() {
        return Ok(small.into());
    }
    let digits = parts.digits.bind(object.py()).call1((object,))?;
    let digits: Integer = digits
        .extract::<String>()?
        .parse()
        .map_err(|error: crate::integer::IntegerError| PyValueError::new_err(error.to_string()))?;
    Ok(Value::Int(digits))
}
