//! What is built, judged by pip, uv, installer, twine and `packaging`.

use crate::project::{Project, done, named};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The samples that need no compiler. Those that do are judged where they are compiled.
const PLAIN: [&str; 2] = ["greet", "weather"];

fn python() -> Command {
    let mut command = Command::new(named("MOCHI_REFEREE_PYTHON"));
    command.args(["-X", "utf8"]);
    command
}

fn is(path: &Path, what: &str) -> bool {
    path.to_string_lossy().contains(what)
}

/// twine's rendering, `packaging`'s reading and `installer`'s comparison of RECORD.
pub(crate) fn judge(distributions: &[PathBuf]) {
    done(
        python()
            .args(["-m", "twine", "check", "--strict"])
            .args(distributions),
    );
    let script = r"
import email, sys, tarfile, zipfile
from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from installer.sources import WheelFile
from installer.utils import parse_wheel_filename as parts
for path in sys.argv[1:]:
    name = path.rpartition('/')[2]
    if name.endswith('.whl'):
        parse_wheel_filename(name)
        with WheelFile.open(path) as wheel:
            wheel.validate_record()
            raw = wheel.read_dist_info('METADATA')
        archive = zipfile.ZipFile(path)
        infos = archive.infolist()
        names = [info.filename for info in infos]
        info = wheel.dist_info_dir
        rank = lambda n: (n.startswith(info), n == info + '/RECORD', n.encode())
        assert names == sorted(names, key=rank), names
        for entry in infos:
            assert entry.flag_bits & 0x8 == 0 and not entry.is_dir(), entry
            assert entry.extra == b'' and entry.comment == b'', entry
            assert entry.external_attr >> 16 in (0o100644, 0o100755), entry
    else:
        parse_sdist_filename(name)
        with tarfile.open(path) as archive:
            names = archive.getnames()
            top = name.removesuffix('.tar.gz')
            assert names == sorted(names, key=str.encode), names
            assert all(n.startswith(top + '/') for n in names), names
            raw = archive.extractfile(top + '/PKG-INFO').read().decode()
    metadata = Metadata.from_email(raw, validate=True)
    assert metadata.name and metadata.version, path
";
    done(python().args(["-c", script]).args(distributions));
}

#[test]
fn what_is_built_is_judged_well() {
    for sample in PLAIN {
        let project = Project::sample(sample);
        judge(&project.build(["--wheel", "--sdist"]));
    }
}

#[test]
fn pip_uv_and_installer_install_it() {
    let project = Project::sample("greet");
    let built = project.build([""; 0]);
    let wheel = built
        .iter()
        .find(|path| is(path, "py3-none-any"))
        .expect("a wheel");
    let site = |name: &str| project.path().join(name);
    let run = |site: &Path, script: &str| {
        let output = done(python().args(["-c", script]).env("PYTHONPATH", site));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let pip = site("pip");
    done(
        python()
            .args([
                "-m",
                "pip",
                "install",
                "--no-index",
                "--no-deps",
                "--quiet",
                "--target",
            ])
            .arg(&pip)
            .arg(wheel),
    );
    let uv = site("uv");
    done(
        Command::new(named("MOCHI_REFEREE_UV"))
            .args([
                "pip",
                "install",
                "--offline",
                "--no-deps",
                "--quiet",
                "--target",
            ])
            .arg(&uv)
            .arg(wheel)
            .arg("--python")
            .arg(named("MOCHI_REFEREE_PYTHON"))
            .env("UV_CACHE_DIR", site("uv-cache")),
    );
    let destination = site("installer");
    done(
        python()
            .args(["-m", "installer", "--validate-record", "all", "--destdir"])
            .arg(&destination)
            .arg(wheel),
    );
    let installed = walk(&destination)
        .into_iter()
        .find(|path| path.ends_with("greet/__init__.py"))
        .expect("the package");
    let installed = installed.parent().and_then(Path::parent).expect("a folder");
    for place in [&*pip, &*uv, installed] {
        let told = run(
            place,
            "import greet, sys; print(greet.shouted('Ada'), greet.WORDS[2], 'mochi_runtime' in sys.modules)",
        );
        assert_eq!(told.trim(), "Hello, Ada! (NoHost) Grüß-Gott False");
    }
    let program = done(
        Command::new(pip.join("bin/greet"))
            .arg("Ada")
            .env("PYTHONPATH", &pip),
    );
    assert_eq!(String::from_utf8_lossy(&program.stdout), "Hello, Ada!\n");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Whoever has the sdist and no mochi gets the same wheel, but for the words of who made it.
#[test]
fn the_sdist_gives_the_same_wheel_without_mochi() {
    for sample in PLAIN {
        let project = Project::sample(sample);
        let built = project.build([""; 0]);
        let sdist = built
            .iter()
            .find(|path| is(path, ".tar.gz"))
            .expect("an sdist");
        let wheel = built
            .iter()
            .find(|path| is(path, "py3-none-any"))
            .expect("a wheel");
        let other = project.path().join("other");
        done(
            python()
                .args([
                    "-m",
                    "pip",
                    "wheel",
                    "--no-index",
                    "--no-deps",
                    "--no-build-isolation",
                ])
                .args(["--quiet", "--wheel-dir"])
                .arg(&other)
                .arg(sdist)
                .env("PATH", ""),
        );
        let script = r"
import sys, zipfile
def rows(path):
    with zipfile.ZipFile(path) as archive:
        [record] = [n for n in archive.namelist() if n.endswith('.dist-info/RECORD')]
        return set(archive.read(record).decode().splitlines()), {
            n: archive.read(n) for n in archive.namelist() if not n.endswith(('/WHEEL', '/RECORD'))}
(ours, our_files), (theirs, their_files) = map(rows, sys.argv[1:])
assert our_files == their_files, our_files.keys() ^ their_files.keys()
differing = sorted({row.split(',')[0].rpartition('/')[2] for row in ours ^ theirs})
assert differing == ['WHEEL'], ours ^ theirs
";
        let theirs = other.join(wheel.file_name().expect("a name"));
        done(python().args(["-c", script]).arg(wheel).arg(theirs));
    }
}
