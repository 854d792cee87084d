//! What Emscripten's libc++ has otherwise than another libc++, as headers that go before it.
//!
//! The library itself is in Pyodide. Its names have `__2` in them, and it is older than the
//! headers may be: what came later is switched off, so that the headers do without it, or refuse it.

use std::fmt::Write;

/// The newest version of libc++ all of whose functions every Pyodide has that knows wasm's
/// exceptions.
const IN_PYODIDE: u32 = 19;

/// Versions that are switched off.
const LATER: std::ops::RangeInclusive<u32> = IN_PYODIDE + 1..=29;

/// What a build of libc++ writes down in `__config_site`.
const SITE: [(&str, &str); 24] = [
    ("ABI_VERSION", "2"),
    ("ABI_NAMESPACE", "__2"),
    ("ABI_FORCE_ITANIUM", "0"),
    ("ABI_FORCE_MICROSOFT", "0"),
    ("HAS_THREADS", "1"),
    ("HAS_MONOTONIC_CLOCK", "1"),
    ("HAS_TERMINAL", "1"),
    ("HAS_MUSL_LIBC", "1"),
    ("HAS_THREAD_API_PTHREAD", "1"),
    ("HAS_THREAD_API_EXTERNAL", "0"),
    ("HAS_THREAD_API_WIN32", "0"),
    ("HAS_VENDOR_AVAILABILITY_ANNOTATIONS", "0"),
    ("HAS_FILESYSTEM", "1"),
    ("HAS_RANDOM_DEVICE", "1"),
    ("HAS_LOCALIZATION", "1"),
    ("HAS_UNICODE", "1"),
    ("HAS_WIDE_CHARACTERS", "1"),
    ("HAS_TIME_ZONE_DATABASE", "0"),
    ("INSTRUMENTED_WITH_ASAN", "0"),
    ("PSTL_BACKEND_SERIAL", "1"),
    // No hardening, and no word about what an assertion would do.
    ("HARDENING_MODE_DEFAULT", "2"),
    ("ASSERTION_SEMANTIC_DEFAULT", "2"),
    ("LIBC_PICOLIBC", "0"),
    ("LIBC_NEWLIB", "0"),
];

/// The headers: their paths and texts.
pub(crate) fn headers() -> Vec<(&'static str, String)> {
    vec![("__config", config())]
}

fn config() -> String {
    let mut text = "#ifndef __mochi_config\n#define __mochi_config\n\
        #define _LIBCPP___CONFIG_SITE\n"
        .to_owned();
    for (name, value) in SITE {
        let _ = writeln!(text, "#define _LIBCPP_{name} {value}");
    }
    text.push_str("#include_next <__config>\n");
    for version in LATER {
        let name = format!("_LIBCPP_INTRODUCED_IN_LLVM_{version}");
        let _ = writeln!(
            text,
            "#undef {name}\n#define {name} 0\n#undef {name}_ATTRIBUTE\n\
             #define {name}_ATTRIBUTE __attribute__((unavailable))"
        );
    }
    text.push_str("#endif\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_later_is_switched_off_behind_the_real_one() {
        let text = config();
        let (before, behind) = text.split_once("#include_next <__config>\n").unwrap();
        assert!(before.contains("#define _LIBCPP_ABI_NAMESPACE __2\n"));
        assert!(behind.contains("#define _LIBCPP_INTRODUCED_IN_LLVM_21 0\n"));
        assert!(!behind.contains("LLVM_19 "));
    }
}
