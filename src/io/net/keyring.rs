//! The keyring convention: `keyring get SERVICE USER` prints a password.
//!
//! pip and uv ask it the same way, so that what is stored for them is found here too: first under
//! the index's URL, then under its host.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long the program may take. It may have to ask the user to unlock something.
const LIMIT: Duration = Duration::from_secs(60);

/// Asks for a password; `Ok(None)` if there is none.
///
/// # Errors
/// Why the program could not be asked, in words.
pub(crate) async fn get(
    program: &Path,
    service: &str,
    user: &str,
) -> Result<Option<String>, String> {
    if user.starts_with('-') {
        return Err(format!(
            "the keyring cannot be asked about the user `{user}`"
        ));
    }
    let mut command = Command::new(program);
    command.arg("get").arg(service).arg(user);
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let name = program.display();
    let output = match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("`{name}` could not be run: {error}")),
        Err(_) => {
            return Err(format!(
                "`{name}` did not answer within {} s",
                LIMIT.as_secs()
            ));
        }
    };
    if !output.status.success() {
        return Ok(None);
    }
    let password = String::from_utf8_lossy(&output.stdout);
    let password = password.trim_end_matches(['\r', '\n']);
    Ok((!password.is_empty()).then(|| password.to_owned()))
}
