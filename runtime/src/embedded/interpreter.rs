//! The one interpreter of the process.

use super::builtin::mochi_host;
use super::shown;
use crate::call::CallError;
use crate::rpc::lock;
use pyo3::ffi;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Mutex;

/// Whether the interpreter is there. Held while it is started.
static STARTED: Mutex<bool> = Mutex::new(false);

/// The version of the libpython that this is linked to, `3.13.0`, and whether it is a
/// free-threaded build.
#[must_use]
#[expect(
    unsafe_code,
    reason = "`Py_GetVersion` may be called at any time and returns a static C string"
)]
pub fn linked_python() -> (String, bool) {
    let text = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) }.to_string_lossy();
    let version = text.split_whitespace().next().unwrap_or_default();
    (version.to_owned(), cfg!(Py_GIL_DISABLED))
}

/// Starts the interpreter, if it is not there.
///
/// # Errors
/// It does not start.
pub(super) fn ensure(python: Option<&Path>) -> Result<(), CallError> {
    let mut started = lock(&STARTED);
    if *started {
        return Ok(());
    }
    // No interpreter runs yet, since only this function starts one.
    pyo3::append_to_inittab!(mochi_host);
    let why = |why: String| CallError::Start {
        python: shown(python),
        why,
        stderr: String::new(),
    };
    initialize(python).map_err(why)?;
    *started = true;
    Ok(())
}

/// `Py_InitializeFromConfig` with the interpreter's path as the program's name: so CPython finds
/// the environment of it, as that interpreter itself would (`pyvenv.cfg` of PEP 405 too).
#[expect(
    unsafe_code,
    reason = "PyO3 has no safe form of PEP 587's initialization; the config is set up by \
              CPython before it is used, cleared after, and the thread state is let go of once"
)]
fn initialize(python: Option<&Path>) -> Result<(), String> {
    let mut config = MaybeUninit::<ffi::PyConfig>::zeroed();
    let config = config.as_mut_ptr();
    unsafe {
        ffi::PyConfig_InitPythonConfig(config);
        // Signals are the host's, and so is the command line.
        (*config).install_signal_handlers = 0;
        (*config).parse_argv = 0;
        let mut status = match python {
            Some(python) => set_program(config, python)?,
            None => ffi::PyStatus_Ok(),
        };
        if ffi::PyStatus_Exception(status) == 0 {
            status = ffi::Py_InitializeFromConfig(config);
        }
        ffi::PyConfig_Clear(config);
        if ffi::PyStatus_Exception(status) != 0 {
            let message = status.err_msg;
            return Err(match message.is_null() {
                true => format!("it ended with {}", status.exitcode),
                false => CStr::from_ptr(message).to_string_lossy().into_owned(),
            });
        }
        // The GIL is the main thread's now; everyone attaches when they need it.
        ffi::PyEval_SaveThread();
    }
    Ok(())
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "CPython copies the text")]
unsafe fn set_program(config: *mut ffi::PyConfig, python: &Path) -> Result<ffi::PyStatus, String> {
    use std::os::unix::ffi::OsStrExt;
    let text = std::ffi::CString::new(python.as_os_str().as_bytes());
    let text = text.map_err(|_| "its path has a NUL in it".to_owned())?;
    Ok(unsafe {
        ffi::PyConfig_SetBytesString(config, &raw mut (*config).program_name, text.as_ptr())
    })
}

#[cfg(windows)]
#[expect(unsafe_code, reason = "CPython copies the text")]
unsafe fn set_program(config: *mut ffi::PyConfig, python: &Path) -> Result<ffi::PyStatus, String> {
    use std::os::windows::ffi::OsStrExt;
    let text: Vec<u16> = python.as_os_str().encode_wide().chain([0]).collect();
    Ok(unsafe { ffi::PyConfig_SetString(config, &raw mut (*config).program_name, text.as_ptr()) })
}
