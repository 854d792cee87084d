//! Byte-compilation of what was installed, by the site's own Python.
//!
//! The compiled files are not in `RECORD`: Python writes and replaces them as it likes, and they go
//! with the modules that they were compiled from.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use wheel::PackageName;

use super::InstallError;
use super::installed::scan;
use super::site::{Root, Site};

/// Reads a path a line, and answers each with a line once the file is compiled, or is found to be
/// no Python of this version (some packages hold such files, as templates or for old Pythons).
const WORKER: &str = r#"
import py_compile, sys
for line in sys.stdin.buffer:
    path = line.rstrip(b"\n").decode("utf-8", "surrogateescape")
    try:
        py_compile.compile(path, doraise=True)
        answer = b"compiled\n"
    except Exception:
        answer = b"left\n"
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
"#;

/// What compiling did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compiled {
    /// How many files were compiled.
    pub files: usize,
    /// How many could not be: no Python of this version.
    pub left: usize,
}

/// Compiles the modules of the packages named, with `jobs` processes.
///
/// # Errors
/// [`InstallError::Compile`] where Python does not start or ends early; [`InstallError::Disk`].
pub fn compile<'a>(
    site: &Site,
    python: &Path,
    packages: impl IntoIterator<Item = &'a PackageName>,
    jobs: usize,
) -> Result<Compiled, InstallError> {
    let packages: Vec<&PackageName> = packages.into_iter().collect();
    let mut modules = Vec::new();
    for installed in scan(site)?
        .iter()
        .filter(|installed| packages.contains(&&installed.name))
    {
        let files = installed.files(site)?;
        let library = |root: Root| matches!(root, Root::Purelib | Root::Platlib);
        let paths = files
            .iter()
            .filter(|file| library(file.place.root) && file.place.path.ends_with(".py"));
        modules.extend(paths.map(|file| site.path(&file.place)));
    }
    let jobs = jobs.clamp(1, modules.len().max(1));
    if modules.is_empty() {
        return Ok(Compiled::default());
    }
    let queue = Mutex::new(modules.into_iter());
    let results: Vec<Result<Compiled, InstallError>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| scope.spawn(|| work(python, &queue)))
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().ok())
            .collect()
    });
    results
        .into_iter()
        .try_fold(Compiled::default(), |sum, result| {
            let result = result?;
            Ok(Compiled {
                files: sum.files + result.files,
                left: sum.left + result.left,
            })
        })
}

/// One Python, which is given the next file whenever it has answered for the last.
fn work(
    python: &Path,
    queue: &Mutex<std::vec::IntoIter<PathBuf>>,
) -> Result<Compiled, InstallError> {
    let failed = |detail: String| InstallError::Compile {
        python: python.to_path_buf(),
        detail,
    };
    let mut child = Command::new(python)
        .args(["-I", "-c", WORKER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed("it has no pipes".to_owned()));
    };
    let mut output = BufReader::new(output);
    let mut done = Compiled::default();
    let mut answer = String::new();
    let mut compile_all = || -> Result<(), String> {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(path) = next else { return Ok(()) };
            let mut line = path.as_os_str().as_encoded_bytes().to_vec();
            line.push(b'\n');
            input.write_all(&line).map_err(|error| error.to_string())?;
            answer.clear();
            match output.read_line(&mut answer) {
                Ok(0) => return Err("it ended early".to_owned()),
                Ok(_) if answer == "compiled\n" => done.files += 1,
                Ok(_) => done.left += 1,
                Err(error) => return Err(error.to_string()),
            }
        }
    };
    let result = compile_all();
    drop(input);
    let _ = child.wait();
    result.map_err(failed)?;
    Ok(done)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A site with modules, and a program in place of Python that writes down what it is given.
    fn site(folder: &Path, answers: &str) -> (Site, PathBuf) {
        let site = Site::folder(&folder.join("site"), None, false).unwrap();
        let info = folder.join("site/demo-1.0.dist-info");
        fs::create_dir_all(&info).unwrap();
        fs::write(
            info.join("RECORD"),
            "demo/a.py,,\ndemo/b.py,,\nc.py,,\ndata.txt,,\nbin/tool.py,,\n",
        )
        .unwrap();
        let python = folder.join("python");
        let log = folder.join("log");
        let text = format!(
            "#!/bin/sh\nwhile read -r line; do echo \"$line\" >> '{}'; {answers}; done\n",
            log.display()
        );
        fs::write(&python, text).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        (site, python)
    }

    #[test]
    fn every_module_is_given_to_python_once() {
        for jobs in [1, 8] {
            let folder = tempfile::tempdir().unwrap();
            let answers = "case $line in *b.py) echo left;; *) echo compiled;; esac";
            let (site, python) = site(folder.path(), answers);
            let demo: PackageName = "demo".parse().unwrap();
            let done = compile(&site, &python, [&demo], jobs).unwrap();
            assert_eq!(done, Compiled { files: 2, left: 1 });
            let log = fs::read_to_string(folder.path().join("log")).unwrap();
            let mut paths: Vec<&str> = log.lines().collect();
            paths.sort_unstable();
            let all = ["c.py", "demo/a.py", "demo/b.py"].map(|path| site.scheme.purelib.join(path));
            assert_eq!(paths, all.each_ref().map(|path| path.to_str().unwrap()));
            let other: PackageName = "other".parse().unwrap();
            assert_eq!(
                compile(&site, &python, [&other], jobs).unwrap(),
                Compiled::default()
            );
        }
    }

    #[test]
    fn a_python_that_ends_early_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (site, python) = site(folder.path(), "exit 0");
        let demo: PackageName = "demo".parse().unwrap();
        for python in [python, folder.path().join("missing")] {
            let error = compile(&site, &python, [&demo], 2).unwrap_err();
            assert!(matches!(error, InstallError::Compile { .. }), "{error}");
        }
    }
}
