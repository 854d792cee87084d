"""What is measured: the same work as each tool's commands."""

import hashlib
import itertools
import os
import platform
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from measure import Command

# Of each target: how uv calls the platform, with the floors that the manifest below has.
PLATFORMS = {
    "linux-x64": "x86_64-manylinux_2_28",
    "linux-arm64": "aarch64-manylinux_2_28",
    "macos-x64": "x86_64-apple-darwin",
    "macos-arm64": "aarch64-apple-darwin",
    "windows-x64": "x86_64-pc-windows-msvc",
}
# uv takes macOS 13.0 as the floor where it is given only a platform.
FLOORS = """
[python.target.macos-x64]
macos = "13.0"
[python.target.macos-arm64]
macos = "13.0"
"""


def host():
    """The name of this machine's target."""
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    system = {"Linux": "linux", "Darwin": "macos"}.get(platform.system())
    name = f"{system}-{machine}"
    if name not in PLATFORMS:
        raise SystemExit(f"{platform.system()} {platform.machine()} cannot install what is locked")
    return name


def environments(targets, pythons):
    """(environment's name, uv's platform, Python) of each environment, as the manifest has them."""
    return [
        (f"{target}-cp{python.replace('.', '')}", PLATFORMS[target], python)
        for python, target in itertools.product(pythons, targets)
    ]


class Bench:
    """The tools, the requirements and a scratch folder."""

    def __init__(self, mochi, uv, python, scratch, requirements):
        self.mochi, self.uv, self.python = mochi, uv, python
        self.scratch = scratch
        self.requirements = requirements
        self.index = None
        self.env = {}
        scratch.mkdir(parents=True, exist_ok=True)
        (scratch / "corpus.in").write_text("\n".join(requirements) + "\n")

    def use(self, server, outside):
        """Makes all commands use a server."""
        self.index = server.url
        keep = ("PATH", "HOME", "LANG")
        if server.url is None:
            keep += ("SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
        self.env = {name: outside[name] for name in keep if name in outside} | server.env

    def mochi_argv(self, project, cache, *rest):
        # `sync` asks no index: the lock has the addresses.
        index = ["--index", self.index] if self.index and rest[0] != "sync" else []
        common = ["-q", "--project", project, "--cache-dir", cache]
        return [self.mochi, "py", *rest, *common, *index]

    def uv_argv(self, cache, *rest):
        index = ["--default-index", self.index] if self.index else []
        common = ["-q", "--no-config", "--no-progress", "--cache-dir", cache]
        return [self.uv, *rest, *common, *index]

    def must(self, argv, cwd):
        argv = [str(part) for part in argv]
        done = subprocess.run(argv, cwd=cwd, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"exit code {done.returncode}: {' '.join(argv)}\n{done.stderr}")
        return done.stdout

    # Locking.

    def project(self, name, targets, pythons):
        """A folder with a manifest of the corpus."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        lines = [f'{requirement} = "*"' for requirement in self.requirements]
        (folder / "mochi.toml").write_text(
            "[python-dependencies]\n" + "\n".join(lines) + "\n\n[python]\n"
            + f'requires-python = ">={min(pythons, key=minor)}"\n'
            + f"python-versions = {list(pythons)!r}\n".replace("'", '"')
            + f"targets = {list(targets)!r}\n".replace("'", '"')
            + FLOORS
        )
        return folder

    def lock_ours(self, name, targets, pythons, warm):
        folder, cache = self.project(name, targets, pythons), self.scratch / f"{name}.cache"

        def before():
            (folder / "mochi.lock").unlink(missing_ok=True)
            if not warm:
                shutil.rmtree(cache, ignore_errors=True)

        return Command(self.mochi_argv(folder, cache, "lock"), folder, before)

    def lock_uv(self, name, targets, pythons, warm):
        """uv once for each environment, in one shell where there are several."""
        folder, cache = self.scratch / f"{name}.uv", self.scratch / f"{name}.uv.cache"
        folder.mkdir(exist_ok=True)
        calls = []
        for environment, system, python in environments(targets, pythons):
            calls.append(self.uv_argv(
                cache, "pip", "compile", "--only-binary", ":all:", "--python", self.python,
                "--python-version", python, "--python-platform", system, "--generate-hashes",
                "-o", f"{environment}.txt", self.scratch / "corpus.in",
            ))  # fmt: skip
        argv = calls[0]
        if len(calls) > 1:
            script = "".join(" ".join(map(str, call)) + " || exit\n" for call in calls)
            (folder / "run.sh").write_text(script)
            argv = ["sh", folder / "run.sh"]

        def before():
            for written in folder.glob("*.txt"):
                written.unlink()
            if not warm:
                shutil.rmtree(cache, ignore_errors=True)

        return Command(argv, folder, before)

    def universal_uv(self, name, warm):
        """`uv lock`: one lock for all platforms, of one Python minor."""
        folder, cache = self.scratch / f"{name}.universal", self.scratch / f"{name}.universal.cache"
        folder.mkdir(exist_ok=True)
        listed = ", ".join(f'"{requirement}"' for requirement in self.requirements)
        (folder / "pyproject.toml").write_text(
            '[project]\nname = "bench"\nversion = "1"\nrequires-python = "==3.13.*"\n'
            f"dependencies = [{listed}]\n"
        )

        def before():
            (folder / "uv.lock").unlink(missing_ok=True)
            if not warm:
                shutil.rmtree(cache, ignore_errors=True)

        argv = self.uv_argv(cache, "lock", "--no-build", "--python", self.python)
        return Command(argv, folder, before)

    # Syncing.

    def lock_of_host(self):
        """The lock that is installed, and the same for uv: hashed requirements and a pylock."""
        target = host()
        folder, cache = self.project("sync", [target], ["3.13"]), self.scratch / "sync.lock.cache"
        self.must(self.mochi_argv(folder, cache, "lock"), folder)
        for form, out in (("requirements", "requirements.txt"), ("pylock", "pylock.toml")):
            self.must(self.mochi_argv(
                folder, cache, "export", "--format", form,
                "--environment", f"{target}-cp313", "--out", folder / out,
            ), folder)  # fmt: skip
        return folder

    def sync_ours(self, folder, how):
        place, cache = folder / "ours", self.scratch / "sync.cache"
        before = self.fresh(place, cache, how)
        argv = self.mochi_argv(
            folder, cache, "sync", "--into", place, "--link-mode", "hardlink", "--no-progress"
        )
        return Command(argv, folder, before)

    def sync_uv(self, folder, how, source="requirements.txt"):
        place, cache = folder / f"theirs.{source}", self.scratch / f"sync.{source}.cache"
        before = self.fresh(place, cache, how)
        checks = ["--require-hashes", "--no-deps"] if source.endswith(".txt") else ["--no-deps"]
        argv = self.uv_argv(
            cache, "pip", "install", "--target", place, "--python", self.python, *checks,
            "--only-binary", ":all:", "--link-mode", "hardlink", "-r", folder / source,
        )  # fmt: skip
        return Command(argv, folder, before)

    def fresh(self, place, cache, how):
        """What is removed ahead of a run: everything, the place only, or nothing."""

        def before():
            if how != "no-op":
                shutil.rmtree(place, ignore_errors=True)
            if how == "cold":
                shutil.rmtree(cache, ignore_errors=True)

        return before


def minor(python):
    return tuple(map(int, python.split(".")))


# What came out.

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)
OWN_FILES = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "mochi.json", "uv_cache.json"}


def versions_ours(folder):
    """name -> version of each environment of a lock."""
    lock = tomllib.loads((folder / "mochi.lock").read_text())
    found = {row["name"]: {} for row in lock["python-environment"]}
    for package in lock["python-package"]:
        for environment in package["environments"]:
            found[environment][package["name"]] = package["version"]
    return found


def versions_uv(folder):
    """name -> version of each environment that uv has written."""
    files = sorted(folder.glob("*-cp3*.txt"))
    return {file.stem: dict(PINNED.findall(file.read_text())) for file in files}


def differences(ours, theirs):
    """Where two choices of versions differ, in words."""
    said = []
    for environment in sorted(set(ours) | set(theirs)):
        mine, other = ours.get(environment, {}), theirs.get(environment, {})
        for name in sorted(set(mine) | set(other)):
            if mine.get(name) != other.get(name):
                said.append(f"{environment}: {name}: {mine.get(name)} / {other.get(name)}")
    return said


def tree(place):
    """path -> digest of what is installed, without what each installer writes of itself."""
    found = {}
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".mochi")]
        for name in files:
            path = Path(folder, name)
            inside = path.relative_to(place)
            if inside.parts[0] in ("bin", "Scripts") or len(inside.parts) == 1 and name == ".lock":
                continue
            if inside.parts[0].endswith(".dist-info") and name in OWN_FILES:
                continue
            found[str(inside)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def tree_differences(ours, theirs):
    """Where two installed trees differ, in words."""
    return sorted(
        f"{path}: {'only ours' if path not in theirs else 'only theirs' if path not in ours else 'differs'}"
        for path in set(ours) | set(theirs)
        if ours.get(path) != theirs.get(path)
    )
