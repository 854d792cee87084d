//! `_mochi_host`: the host functions as a built-in module.

use pyo3::prelude::*;

/// The built-in module through which Python calls the host.
#[pymodule(gil_used = false)]
#[pyo3(name = "_mochi_host")]
pub(super) mod mochi_host {
    use crate::HostError;
    use crate::embedded::HOSTS;
    use crate::embedded::convert::{from_python, to_python};
    use crate::rpc::{described, lock};
    use pyo3::exceptions::PyRuntimeError;
    use pyo3::prelude::*;
    use pyo3::types::PyList;

    /// Calls a function of a host, by the host's number in this process.
    #[pyfunction]
    fn call<'py>(
        py: Python<'py>,
        number: u64,
        name: &str,
        args: &Bound<'py, PyList>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let found = lock(&HOSTS).get(&number).cloned();
        let (hosts, parts) =
            found.ok_or_else(|| PyRuntimeError::new_err("there is no such host"))?;
        let crate::Value::List(args) = from_python(args, &parts)? else {
            unreachable!("a list crosses as one");
        };
        let result = py.detach(|| hosts.call(name, args));
        let error = match result {
            Ok(value) => match to_python(py, &value, &parts)? {
                Ok(value) => return Ok(value),
                Err(error) => HostError::new("ValueError", error.to_string()),
            },
            Err(error) => error,
        };
        let described = to_python(py, &described(error), &parts)?
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let error = parts.of_host.bind(py).call1((described,))?;
        Err(PyErr::from_value(error))
    }
}
