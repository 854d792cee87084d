# The referee of formats_referee.rs. Reads cases, and what this crate makes of them, as JSON;
# prints how many were compared, how many `packaging` took, and the differences.

import json, re, sys
import packaging, packaging.metadata as pm
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

assert packaging.__version__ == "26.3", packaging.__version__
given = json.load(sys.stdin)
differences, taken = [], 0

def attempt(function, *arguments):
    try:
        return function(*arguments)
    except (ValueError, pm.ExceptionGroup):
        return None

# What this crate refuses on purpose: names that no project can have, tags of characters that no
# tag has, numbers of more than 64 bits.
def refused(filename):
    name, version, rest = filename.removesuffix(".whl").split("-", 2)
    numbers = re.findall(r"\d+", filename)
    return (not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._]*[A-Za-z0-9])?", name)
        or not re.fullmatch(r"(\d[^-]*-)?[A-Za-z0-9_.-]+", rest, re.ASCII)
        or any(int(number) >= 2**64 for number in numbers))

# What it takes on purpose: `_` for the `-` of a version.
def repaired(filename):
    version = filename.split("-")[1]
    return "_" in version and attempt(Version, version.replace("_", "-")) is not None

for filename, ours in given["filenames"]:
    parsed = attempt(parse_wheel_filename, filename)
    if parsed is None:
        if ours is not None and not repaired(filename):
            differences.append(["filename taken", filename, ours])
        continue
    taken += 1
    if ours is None:
        if not refused(filename):
            differences.append(["filename refused", filename])
        continue
    name, version, build, tags = parsed
    theirs = [name, str(version), list(build) or None, sorted(map(str, tags))]
    if theirs != ours:
        differences.append(["filename", filename, theirs, ours])

SINGLE = ["summary", "description_content_type", "home_page", "download_url", "author",
    "author_email", "maintainer", "maintainer_email", "license_expression"]
LISTS = ["dynamic", "platforms", "supported_platforms", "license_files", "classifiers",
    "requires_external", "provides_dist", "obsoletes_dist", "import_names", "import_namespaces",
    "requires", "provides", "obsoletes"]

def unfold(value):
    lines = (line.strip(" \t") for line in re.split("\r\n|\r|\n", value))
    return " ".join(line for line in lines if line)

def core(raw):
    def listed(field, read):
        return [read(unfold(value)) for value in raw.get(field, [])]
    if not re.fullmatch("[12][.][0-9]+", raw["metadata_version"]):
        raise ValueError("metadata version")
    python = raw.get("requires_python")
    return (canonicalize_name(unfold(raw["name"]), validate=True), Version(raw["version"]),
        None if python is None else SpecifierSet(python),
        listed("requires_dist", Requirement),
        listed("provides_extra", lambda extra: canonicalize_name(extra, validate=True)))

def compare(text, raw, ours):
    theirs = {field: unfold(raw[field]) for field in SINGLE if field in raw}
    theirs |= {field: list(map(unfold, raw[field])) for field in LISTS if field in raw}
    theirs |= {field: raw[field] for field in ["description", "keywords"] if field in raw}
    if "import_names" in theirs:
        # The empty name says that there are none, however many spaces it is written with.
        theirs["import_names"] = [name for name in theirs["import_names"] if name]
    if "license" in raw:
        theirs["license"] = unfold(raw["license"])
        ours["license"] = unfold(ours.get("license", ""))
    if "project_urls" in raw:
        theirs["project_urls"] = [[unfold(x) for x in pair] for pair in raw["project_urls"].items()]
    for field in sorted(set(theirs) | set(ours) - {"core"}):
        if theirs.get(field) != ours.get(field):
            differences.append([field, text, theirs.get(field), ours.get(field)])

for text, kind, ours, quick, written in given["metadata"]:
    data = text.encode()
    raw, unparsed = pm.parse_email(data)
    try:
        theirs = core(raw)
    except (ValueError, KeyError):
        if ours is not None and kind == "strict":
            differences.append(["metadata taken", text, ours])
        continue
    taken += 1
    if ours is None:
        if not any(field in unparsed for field in ["name", "version", "requires-python",
                "metadata-version", "description", "summary"]):
            differences.append(["metadata refused", text])
        continue
    for read in (ours["core"], quick):
        name, version, python, requires, extras = read
        read = (name, Version(version), None if python is None else SpecifierSet(python),
            [Requirement(r) for r in requires], extras)
        if read[2] is None:
            theirs = (*theirs[:2], theirs[2] or None, *theirs[3:])
        if read != theirs:
            differences.append(["core", text, list(map(str, theirs)), list(map(str, read))])
    compare(text, raw, dict(ours))
    # What was written says the same, and stays valid if it was.
    again, _ = pm.parse_email(written.encode())
    if core(again)[:2] != theirs[:2] or len(core(again)[3]) != len(theirs[3]):
        differences.append(["written core", text, written])
    compare(written, again, dict(ours))
    if attempt(pm.Metadata.from_email, data) and not attempt(pm.Metadata.from_email, written.encode()):
        differences.append(["no longer valid", text, written])

compared = len(given["filenames"]) + len(given["metadata"])
json.dump({"compared": compared, "taken": taken, "differences": differences}, sys.stdout)
