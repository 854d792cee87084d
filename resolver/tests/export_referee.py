"""Reads lock files of PEP 751 and selects from them, as installers do.

Each line of standard input is a lock with the environments to select for and what is expected of
each; each line of standard output says what is wrong with the lock, or is empty.
"""

import json
import sys
import tomllib

import packaging
from packaging.pylock import PackageWheel, Pylock
from packaging.tags import parse_tag


def selected(lock, environment):
    tags = environment["tags"]
    for package, artifact in lock.select(environment=environment["markers"], tags=tags):
        name = artifact.name if isinstance(artifact, PackageWheel) else None
        where = artifact.url or artifact.path
        identities = list(package.attestation_identities or [])
        version = str(package.version)
        yield [package.name, version, name, where, artifact.hashes["sha256"], identities]


def same(ours, theirs):
    """Whether they are the same packages; a package has the identities of all its wheels."""
    return (
        len(ours) == len(theirs)
        and all(a[:-1] == b[:-1] for a, b in zip(ours, theirs))
        and all(one in b[-1] for a, b in zip(ours, theirs) for one in a[-1])
    )


def judge(case):
    lock = Pylock.from_dict(tomllib.loads(case["pylock"]))
    for choice in case["choices"]:
        ours = sorted(choice["packages"], key=str)
        theirs = sorted(selected(lock, environments[choice["environment"]]), key=str)
        if not same(ours, theirs):
            return f"{choice['environment']}: the lock has {ours}, selected is {theirs}"
    for name in case["refused"]:
        try:
            taken = list(selected(lock, environments[name]))
        except Exception:
            continue
        return f"{name} is not an environment of the lock, selected is {taken}"
    return ""


if packaging.__version__ != "26.3":
    sys.exit(f"packaging {packaging.__version__} is not 26.3")
environments = json.loads(sys.stdin.readline())
for environment in environments.values():
    environment["tags"] = [tag for text in environment["tags"] for tag in parse_tag(text)]
for line in sys.stdin:
    case = json.loads(line)
    try:
        verdict = judge(case)
    except Exception as error:
        verdict = f"{type(error).__name__}: {error}"
    print(json.dumps(verdict))
