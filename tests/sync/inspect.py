"""Says as JSON what is installed below a folder: for each package what of its RECORD does not hold, and which files
belong to no package. A check of its own, by the specification of installed projects; nothing of any installer."""
import base64
import csv
import hashlib
import json
import os
import re
import sys

ROOT = os.path.realpath(sys.argv[1])
# What `python -m venv --without-pip` makes (3.14 a link of this odd name), and the lock file of uv.
OF_VENV = re.compile(
    r"pyvenv\.cfg|\.gitignore|\.lock|bin/(python[0-9.]*t?|𝜋thon|[Aa]ctivate(\.\w+)?)|include/(python[0-9.]+t?/?)?|lib64"
)


def libraries():
    found = [os.path.join(ROOT, "lib", name, "site-packages") for name in children(os.path.join(ROOT, "lib"))]
    found = [folder for folder in found if os.path.isdir(folder)]
    return found if os.path.exists(os.path.join(ROOT, "pyvenv.cfg")) else [ROOT]


def children(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def text(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def check(library, info, named):
    """The problems of one package; the paths of its files go to `named`."""
    problems = []
    record = os.path.join(library, info, "RECORD")
    rows = list(csv.reader(text(record).splitlines()))
    paths = [row[0] for row in rows]
    if len(paths) != len(set(paths)):
        problems.append("RECORD names a file twice")
    if f"{info}/RECORD" not in paths:
        problems.append("RECORD does not name itself")
    for path, digest, size in rows:
        full = os.path.normpath(os.path.join(library, path))
        named.add(full)
        if not os.path.isfile(full):
            problems.append(f"{path} is missing")
            continue
        if not digest:
            if not path.endswith((".pyc", "/RECORD")):
                problems.append(f"{path} has no hash")
            continue
        with open(full, "rb") as file:
            body = file.read()
        algorithm, _, value = digest.partition("=")
        found = base64.urlsafe_b64encode(hashlib.new(algorithm, body).digest()).decode().rstrip("=")
        if found != value or str(len(body)) != size:
            problems.append(f"{path} is not what RECORD says")
    return problems


def strays(named):
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name != "__pycache__"]
        if not folders and not files and folder != ROOT:
            files = [""]
        for name in files:
            full = os.path.join(folder, name)
            relative = os.path.relpath(folder, ROOT).replace(os.sep, "/") + "/" + name
            relative = relative[2:] if relative.startswith("./") else relative
            library = relative.endswith("/site-packages/")
            if full not in named and not library and not OF_VENV.fullmatch(relative):
                yield relative


def main():
    packages, named = {}, set()
    for library in libraries():
        for info in children(library):
            if not info.endswith(".dist-info"):
                continue
            name, version = info[: -len(".dist-info")].rsplit("-", 1)
            name = re.sub(r"[-_.]+", "-", name).lower()
            package = packages.setdefault(name, {"versions": [], "installer": "", "problems": []})
            package["versions"].append(version)
            package["installer"] = text(os.path.join(library, info, "INSTALLER")).strip()
            package["problems"] += check(library, info, named)
    print(json.dumps({"packages": packages, "stray": sorted(strays(named))}))


main()
