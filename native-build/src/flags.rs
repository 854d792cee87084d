//! The arguments of compilers and linkers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::version::Version;

/// What makes the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// Emscripten's, which knows its own headers.
    Emcc,
    /// clang of this version.
    Clang(Version),
    /// zig, whose clang has this version.
    Zig(Version),
}

/// The language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    Cxx,
}

impl Language {
    /// By the end of the file's name.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "c" => Some(Self::C),
            "cc" | "cpp" | "cxx" | "c++" | "C" => Some(Self::Cxx),
            _ => None,
        }
    }
}

/// What all files of a module have in common.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) compiler: Compiler,
    /// Whether exceptions are wasm's own, not those of JavaScript.
    pub(crate) wasm_exceptions: bool,
    /// Macros, `NAME` or `NAME=VALUE`.
    pub(crate) defines: Vec<String>,
    /// Folders of headers, of the package and of CPython.
    pub(crate) include: Vec<PathBuf>,
    /// Folders of the headers of C++.
    pub(crate) cxx: Vec<PathBuf>,
    /// Folders of the libc's headers, best first.
    pub(crate) system: Vec<PathBuf>,
    /// Folders whose path is written differently into the output.
    pub(crate) renamed: Vec<(PathBuf, &'static str)>,
}

/// Words that are the same for every compiler.
const COMMON: [&str; 9] = [
    "-fPIC",
    "-O2",
    "-g0",
    "-DNDEBUG",
    "-fvisibility=hidden",
    "-Wno-unused-command-line-argument",
    // What is only a warning elsewhere is a trap at run time in wasm.
    "-Werror=implicit-function-declaration",
    "-Werror=mismatched-parameter-types",
    "-Werror=return-type",
];

/// The arguments that compile one file to an object.
pub(crate) fn compile(
    setting: &Setting,
    language: Language,
    source: &Path,
    object: &Path,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut words = |list: &[&str]| arguments.extend(list.iter().map(OsString::from));
    match setting.compiler {
        Compiler::Emcc => {}
        Compiler::Clang(_) => words(&["--target=wasm32-unknown-emscripten"]),
        // zig's default, `lime1`, has constant expressions that Node 20 does not know.
        Compiler::Zig(_) => words(&[
            "cc",
            "-target",
            "wasm32-emscripten",
            if setting.wasm_exceptions {
                "-mcpu=generic+exception_handling"
            } else {
                "-mcpu=generic"
            },
            "-fno-sanitize=all",
        ]),
    }
    words(&COMMON);
    words(&unwinding(setting));
    if setting.compiler != Compiler::Emcc {
        words(&["-nostdlibinc", "-D_GNU_SOURCE"]);
    }
    if language == Language::Cxx {
        words(&["-x", "c++"]);
    }
    for (folder, name) in &setting.renamed {
        let mut word = OsString::from("-ffile-prefix-map=");
        word.push(folder);
        word.push("=");
        word.push(name);
        arguments.push(word);
    }
    arguments.extend(
        setting
            .defines
            .iter()
            .map(|define| format!("-D{define}").into()),
    );
    let cxx: &[PathBuf] = match language {
        Language::C => &[],
        // Not by `-isystem`: zig has put its own first there.
        Language::Cxx => &setting.cxx,
    };
    for folder in setting.include.iter().chain(cxx) {
        arguments.extend(["-I".into(), folder.into()]);
    }
    for folder in &setting.system {
        arguments.extend(["-isystem".into(), folder.into()]);
    }
    arguments.extend(["-c".into(), source.into(), "-o".into(), object.into()]);
    arguments
}

/// How exceptions and `longjmp` leave a function.
fn unwinding(setting: &Setting) -> Vec<&'static str> {
    match (setting.compiler, setting.wasm_exceptions) {
        (Compiler::Emcc, true) => vec!["-fwasm-exceptions", "-sSUPPORT_LONGJMP=wasm"],
        (Compiler::Emcc, false) => vec!["-fexceptions"],
        (_, false) => Vec::new(),
        (Compiler::Clang(clang) | Compiler::Zig(clang), true) => {
            let mut words = vec![
                "-fwasm-exceptions",
                "-mllvm",
                "-wasm-enable-sjlj",
                "-mllvm",
                "-wasm-enable-eh",
            ];
            // The later form is unknown to Node 20, and may become the default some day.
            if clang >= Version::new(21, 0, 0) {
                words.extend(["-mllvm", "-wasm-use-legacy-eh"]);
            }
            words
        }
    }
}

/// The arguments of `wasm-ld`, without the files.
pub(crate) fn link(exports: &[String], output: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "-shared",
        "--experimental-pic",
        "--no-entry",
        "--unresolved-symbols=import-dynamic",
        "--no-export-dynamic",
        "--gc-sections",
        "--strip-all",
        // Without it the constructors of static objects never run.
        "--export-if-defined=__wasm_call_ctors",
    ]
    .iter()
    .map(OsString::from)
    .collect();
    arguments.extend(exports.iter().map(|name| format!("--export={name}").into()));
    arguments.extend(["-o".into(), output.into()]);
    arguments
}

/// The arguments with which emcc links, without the files.
pub(crate) fn link_with_emcc(
    init_function: &str,
    wasm_exceptions: bool,
    output: &Path,
) -> Vec<OsString> {
    let setting = Setting {
        compiler: Compiler::Emcc,
        wasm_exceptions,
        defines: Vec::new(),
        include: Vec::new(),
        cxx: Vec::new(),
        system: Vec::new(),
        renamed: Vec::new(),
    };
    let mut arguments: Vec<OsString> = ["-O2", "-g0", "-sSIDE_MODULE=2", "-sWASM_BIGINT"]
        .iter()
        .chain(&unwinding(&setting))
        .map(OsString::from)
        .collect();
    arguments.push(format!("-sEXPORTED_FUNCTIONS=_{init_function}").into());
    arguments.extend(["-o".into(), output.into()]);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(compiler: Compiler, wasm_exceptions: bool) -> Setting {
        Setting {
            compiler,
            wasm_exceptions,
            defines: vec!["A=1".to_owned()],
            include: vec![PathBuf::from("headers")],
            cxx: vec![PathBuf::from("libcxx")],
            system: vec![PathBuf::from("libc")],
            renamed: vec![(PathBuf::from("/home/me"), "package")],
        }
    }

    fn line(setting: &Setting, language: Language) -> String {
        let words = compile(setting, language, Path::new("a.c"), Path::new("a.o"));
        words
            .iter()
            .map(|word| word.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn each_compiler_gets_its_own() {
        let clang = line(
            &setting(Compiler::Clang(Version::new(19, 1, 7)), true),
            Language::C,
        );
        assert!(clang.starts_with("--target=wasm32-unknown-emscripten -fPIC -O2 -g0"));
        assert!(clang.contains(" -nostdlibinc "));
        assert!(clang.contains(" -ffile-prefix-map=/home/me=package "));
        assert!(clang.ends_with(" -DA=1 -I headers -isystem libc -c a.c -o a.o"));
        assert!(!clang.contains("legacy"));
        assert!(!clang.contains("c++"));
        let zig = line(
            &setting(Compiler::Zig(Version::new(22, 1, 8)), true),
            Language::Cxx,
        );
        assert!(zig.starts_with("cc -target wasm32-emscripten -mcpu=generic+exception_handling"));
        assert!(zig.contains(" -wasm-use-legacy-eh "));
        assert!(zig.contains(" -x c++ "));
        assert!(zig.contains(" -I headers -I libcxx -isystem libc "));
        let emcc = line(&setting(Compiler::Emcc, true), Language::C);
        assert!(!emcc.contains("target"));
        assert!(!emcc.contains("-nostdlibinc"));
        assert!(emcc.contains(" -sSUPPORT_LONGJMP=wasm "));
        for line in [clang, zig, emcc] {
            assert!(!line.contains("pthread"), "{line}");
        }
    }

    #[test]
    fn before_wasm_had_exceptions() {
        let clang = line(
            &setting(Compiler::Clang(Version::new(22, 0, 0)), false),
            Language::C,
        );
        assert!(!clang.contains("exceptions"));
        let zig = line(
            &setting(Compiler::Zig(Version::new(22, 0, 0)), false),
            Language::C,
        );
        assert!(!zig.contains("exception"));
        let emcc = line(&setting(Compiler::Emcc, false), Language::Cxx);
        assert!(emcc.contains(" -fexceptions "));
        let link = link_with_emcc("PyInit_a", false, Path::new("a.so"));
        assert!(link.contains(&"-fexceptions".into()));
        assert!(link.contains(&"-sEXPORTED_FUNCTIONS=_PyInit_a".into()));
    }

    #[test]
    fn the_linker_exports_the_module_and_its_constructors() {
        let words = link(&["PyInit_a".to_owned()], Path::new("a.so"));
        for word in [
            "-shared",
            "--strip-all",
            "--export=PyInit_a",
            "--export-if-defined=__wasm_call_ctors",
        ] {
            assert!(words.contains(&word.into()), "{word}");
        }
    }

    #[test]
    fn languages() {
        let of = |name: &str| Language::of(Path::new(name));
        assert_eq!(of("a/b.c"), Some(Language::C));
        assert_eq!(of("b.cpp"), Some(Language::Cxx));
        assert_eq!(of("b.cc"), Some(Language::Cxx));
        assert_eq!(of("b.h"), None);
        assert_eq!(of("c"), None);
    }
}
