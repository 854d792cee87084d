//! Building C and C++.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::flags::{self, Compiler, Language, Setting};
use crate::headers::Libc;
use crate::toolchain::{Pythons, Toolchain};
use crate::{BuildError, Built, CCode, Machine, Place, Source, Work, headers, process, source};

/// Compiles the files, one after the other, and links them.
pub(crate) fn build(
    source: &Source,
    code: &CCode,
    place: &Place<'_>,
    machine: &Machine,
    work: &Work<'_>,
) -> Result<Built, BuildError> {
    let languages = languages(&code.sources)?;
    let pythons = Pythons::default();
    let toolchain = Toolchain::find_with(machine, place.release, &pythons)?;
    let wasm_exceptions = source::has_wasm_exceptions(place.release);
    if languages.contains(&Language::Cxx)
        && !wasm_exceptions
        && toolchain.compiler != Compiler::Emcc
    {
        return Err(BuildError::Exceptions {
            name: source.name.clone(),
            release: place.release.version.clone(),
            language: "C++",
            hint: ", or with its emcc",
        });
    }
    let folder = absolute(work.folder)?.join(&source.name);
    let python = folder.join("python");
    clear(&folder)?;
    headers::python(source, place, (machine, &pythons), &python)?;
    let full_api = code.limited_api.is_none();
    let libc = headers::libc(
        &toolchain,
        machine,
        &pythons,
        full_api,
        &folder.join("libc"),
    )?;
    let root = absolute(&code.root)?;
    let setting = setting(code, &toolchain, (&python, libc), &root, wasm_exceptions);
    let mut objects = Vec::new();
    for (index, (file, language)) in code.sources.iter().zip(languages).enumerate() {
        let object = folder.join(format!("{index}.o"));
        let arguments = flags::compile(&setting, language, file, &object);
        let said = process::run(command(&toolchain, &folder, &root).args(arguments))?;
        if !said.succeeded {
            return Err(BuildError::Compile {
                tool: toolchain.tools[0].clone(),
                file: root.join(file),
                words: said.words(),
            });
        }
        objects.push(object);
    }
    let output = folder.join("module.wasm");
    link(source, &toolchain, &setting, &objects, &output)?;
    Ok(Built {
        bytes: fs::read(&output).map_err(BuildError::disk("read", &output))?,
        suffix: source.suffix(place.release),
        tools: toolchain.tools,
    })
}

fn languages(sources: &[PathBuf]) -> Result<Vec<Language>, BuildError> {
    sources
        .iter()
        .map(|file| {
            Language::of(file).ok_or_else(|| BuildError::UnknownLanguage { file: file.clone() })
        })
        .collect()
}

fn setting(
    code: &CCode,
    toolchain: &Toolchain,
    (python, libc): (&Path, Libc),
    root: &Path,
    wasm_exceptions: bool,
) -> Setting {
    let mut defines = code.defines.clone();
    if let Some((major, minor)) = code.limited_api {
        defines.push(format!("Py_LIMITED_API=0x{major:02x}{minor:02x}0000"));
    }
    let mut include = code.include_dirs.clone();
    include.push(python.to_path_buf());
    let mut renamed = vec![(root.to_path_buf(), "."), (python.to_path_buf(), "python")];
    let of_libc = libc.system.iter().chain(&libc.cxx);
    renamed.extend(of_libc.map(|folder| (folder.clone(), "libc")));
    Setting {
        compiler: toolchain.compiler,
        wasm_exceptions,
        defines,
        include,
        cxx: libc.cxx,
        system: libc.system,
        renamed,
    }
}

/// The compiler, in the package's folder, so that the files have short names in what it prints.
fn command(toolchain: &Toolchain, folder: &Path, root: &Path) -> Command {
    let mut command = Command::new(&toolchain.program);
    command.current_dir(root);
    // What a compiler takes from here goes into the output or changes it.
    for variable in [
        "CPATH",
        "C_INCLUDE_PATH",
        "CPLUS_INCLUDE_PATH",
        "CCC_OVERRIDE_OPTIONS",
    ] {
        command.env_remove(variable);
    }
    if matches!(toolchain.compiler, Compiler::Zig(_)) {
        let cache = folder.join("zig-cache");
        command.env("ZIG_LOCAL_CACHE_DIR", &cache);
        command.env("ZIG_GLOBAL_CACHE_DIR", &cache);
    }
    command
}

fn link(
    source: &Source,
    toolchain: &Toolchain,
    setting: &Setting,
    objects: &[PathBuf],
    output: &Path,
) -> Result<(), BuildError> {
    let init_function = source.init_function();
    let mut call = match toolchain.linker.split_first() {
        Some((program, words)) => {
            let mut call = Command::new(program);
            call.args(words).args(flags::link(&[init_function], output));
            call
        }
        None => {
            let mut call = Command::new(&toolchain.program);
            let exceptions = setting.wasm_exceptions;
            call.args(flags::link_with_emcc(&init_function, exceptions, output));
            call
        }
    };
    let said = process::run(call.args(objects))?;
    if said.succeeded {
        return Ok(());
    }
    Err(BuildError::Link {
        tool: toolchain.tools.last().cloned().unwrap_or_default(),
        name: source.name.clone(),
        words: said.words(),
    })
}

/// A path that means the same in every current folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(BuildError::disk("find", path))
}

/// Makes a folder that is empty.
pub(crate) fn clear(folder: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BuildError::disk("clear", folder)(error));
        }
        _ => {}
    }
    fs::create_dir_all(folder).map_err(BuildError::disk("make", folder))
}
