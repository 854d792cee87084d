//! The linker that cargo calls for a crate.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use crate::shim::{self, Call};
use crate::{BuildError, process};

/// Links a side module: what a program does when [`build`](crate::build) has cargo call it, by
/// [`Work::driver`](crate::Work::driver), as its linker. The arguments are those behind the
/// driver's own words.
///
/// # Errors
/// [`BuildError::Link`] with what the linker said, [`BuildError::BadLink`] when it was called by
/// something else.
pub fn link_side_module(arguments: impl IntoIterator<Item = OsString>) -> Result<(), BuildError> {
    let bad = |reason| BuildError::BadLink { reason };
    let mut call = Call::parse(arguments).map_err(bad)?;
    call.words = read_responses(call.words)?;
    let arguments = call.arguments().map_err(bad)?;
    let (program, words) = call
        .linker
        .split_first()
        .ok_or_else(|| bad("--linker is missing".to_owned()))?;
    let said = process::run(Command::new(program).args(words).args(arguments))?;
    if said.succeeded {
        return Ok(());
    }
    Err(BuildError::Link {
        tool: program.to_string_lossy().into_owned(),
        name: "the crate".to_owned(),
        words: said.words(),
    })
}

/// Puts the words of response files in their places: rustc writes them when there are many.
fn read_responses(words: Vec<OsString>) -> Result<Vec<OsString>, BuildError> {
    let mut all = Vec::new();
    for word in words {
        match word.to_str().and_then(|word| word.strip_prefix('@')) {
            Some(file) => {
                let text = fs::read_to_string(file).map_err(BuildError::disk("read", file))?;
                all.extend(shim::response(&text));
            }
            None => all.push(word),
        }
    }
    Ok(all)
}
