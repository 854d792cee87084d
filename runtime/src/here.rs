//! What this build is for.

use tag_matrix::{ModeRefused, NoMode, RuntimeMode, Target};

/// Why this build has no runtime mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoModeHere {
    /// No row of the table is what this is built for.
    #[error("no target of the table is `{0}`, which this is built for")]
    UnknownTriple(&'static str),
    /// No Python can be called there.
    #[error(transparent)]
    NoMode(#[from] NoMode),
    /// The mode that is asked for cannot work there.
    #[error(transparent)]
    Refused(#[from] ModeRefused),
}

/// The target that this is built for, by its Rust target triple.
///
/// # Errors
/// [`NoModeHere::UnknownTriple`].
pub fn target_of_build() -> Result<Target, NoModeHere> {
    let triple = env!("MOCHI_BUILD_TRIPLE");
    Target::of_triple(triple).ok_or(NoModeHere::UnknownTriple(triple))
}

/// The mode of a program that is built for a target: the one of `[python] runtime-mode`, or the
/// target's own for `auto` (`None`).
///
/// # Errors
/// The target has none, or cannot have the one that is asked for; with the reason.
pub fn mode_for(target: Target, wanted: Option<RuntimeMode>) -> Result<RuntimeMode, NoModeHere> {
    Ok(match wanted {
        Some(mode) => mode.on(target)?,
        None => RuntimeMode::of_target(target)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_has_the_mode_of_its_triple() {
        let target = target_of_build().unwrap();
        assert_eq!(
            target.name().starts_with("linux"),
            cfg!(target_os = "linux")
        );
        assert_eq!(mode_for(target, None), Ok(RuntimeMode::Embedded));
        let subprocess = mode_for(target, Some(RuntimeMode::Subprocess));
        assert_eq!(subprocess, Ok(RuntimeMode::Subprocess));
        let refused = mode_for(target, Some(RuntimeMode::Pyodide)).unwrap_err();
        assert!(refused.to_string().contains("cannot work on"), "{refused}");
    }
}
