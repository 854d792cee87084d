"""What packaging says: reads cases as JSON lines, writes a JSON line of verdicts for each.

A case says which interpreter on which machine, and which platforms and tags we think it has. The
machine is played by replacing what packaging asks of the real one. A verdict is null where both
agree, else the first place where they do not.
"""

import json
import sys
from itertools import zip_longest
from types import SimpleNamespace

import packaging
from packaging import _manylinux, _musllinux, tags

WANTED = "26.3"


def play(case):
    """Make packaging believe that it runs in the interpreter of the case."""
    machine = case["machine"]
    variables = {
        "Py_DEBUG": 0,
        "Py_GIL_DISABLED": int(case["freethreaded"]),
        "PYEMSCRIPTEN_PLATFORM_VERSION": machine.get("pyemscripten"),
    }
    tags._get_config_var = lambda name, warn=False: variables.get(name)
    tags.sys = SimpleNamespace(
        version_info=(*case["python"], 0, "final", 0),
        implementation=SimpleNamespace(name="cpython"),
        executable=sys.executable,
        maxunicode=sys.maxunicode,
    )
    tags.sysconfig = SimpleNamespace(
        get_platform=lambda: machine["platform"], get_config_var=variables.get
    )
    mac = machine.get("macos")
    tags.platform = SimpleNamespace(
        system=lambda: machine["system"],
        mac_ver=lambda: (".".join(map(str, mac)), ("", "", ""), machine["arch"]),
    )
    # A macOS that calls itself 10.16 is asked again, in a process of its own.
    again = SimpleNamespace(stdout=".".join(map(str, mac or ())))
    tags.subprocess = SimpleNamespace(run=lambda *_, **__: again, PIPE=None)
    glibc = _manylinux._GLibCVersion(*machine.get("glibc") or (-1, -1))
    _manylinux._get_glibc_version = lambda: glibc
    _manylinux._get_manylinux_module = lambda: None
    musl = machine.get("musl")
    musl = _musllinux._MuslVersion(*musl) if musl else None
    _musllinux._get_musl_version = lambda executable: musl


def first_difference(ours, theirs):
    if len(theirs) == 0:
        return "packaging has none"
    for index, (one, other) in enumerate(zip_longest(ours, theirs)):
        if one != other:
            return f"at {index} of {len(ours)}: ours {one}, packaging {other}"
    return None


def judge(case):
    play(case)
    platforms, ours = case["platforms"], case["tags"]
    extra = case["not_in_packaging"]
    version, interpreter = case["python"], "cp" + "".join(map(str, case["python"]))
    listed = [*tags.cpython_tags(version, platforms=platforms)]
    listed += tags.compatible_tags(version, interpreter, platforms)
    known = [platform for platform in platforms if platform not in extra]
    return {
        "platforms": first_difference(known, [*tags.platform_tags()]),
        "tags": first_difference(ours, [str(tag) for tag in listed]),
        "sys_tags": first_difference(
            [tag for tag in ours if tag.split("-")[2] not in extra],
            [str(tag) for tag in tags.sys_tags()],
        ),
        "count": len(listed),
    }


if packaging.__version__ != WANTED:
    sys.exit(f"packaging {WANTED} is wanted, this is {packaging.__version__}")
for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
