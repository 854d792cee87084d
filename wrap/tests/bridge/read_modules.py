"""Reads wrapper modules and stubs, a JSON list of pairs on stdin, as CPython does, and runs them.

Every name that is used must be defined, imported, or a builtin of the list that the manifest
refuses as a name of the bridge.
"""

import ast
import builtins
import dataclasses
import json
import re
import sys
import types
import warnings
from pathlib import Path

warnings.simplefilter("error")
fake = types.ModuleType("mochi_runtime")
fake.MochiError = Exception
fake.call_host = fake.call_host_async = None
fake.expose = lambda function: function
sys.modules["mochi_runtime"] = fake

names = Path(__file__).parents[3] / "manifest/src/bridge/name.rs"
needed = re.search(r"WRAPPER_NEEDS.*?= \[(.*?)\];", names.read_text("utf-8"), re.S).group(1)
needed = set(re.findall(r'"(\w+)"', needed))


def bound(tree):
    """What the module itself defines or imports."""
    found = set()
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.name not in found, f"{node.name} is defined twice"
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets)
    return found


def read(text, is_stub):
    tree = ast.parse(text)
    own = bound(tree)
    public = ast.literal_eval(next(n for n in tree.body if isinstance(n, ast.Assign)).value)
    assert set(public) <= own, text
    imported = {alias.name for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom)) for alias in n.names}
    # Names in use, locals left aside: these are stored or are parameters somewhere.
    every = list(ast.walk(tree))
    local = {n.id for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    local |= {n.arg for n in every if isinstance(n, ast.arg)}
    local |= {n.name for n in every if isinstance(n, ast.ExceptHandler)}
    local |= {n.name for n in every if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    loaded = {n.id for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    unknown = loaded - own - local
    assert unknown <= needed & set(dir(builtins)), f"{unknown - needed}\n{text}"
    assert imported <= needed, f"{imported - needed}\n{text}"
    assert imported - {"annotations"} <= loaded, f"{imported - loaded} is not used\n{text}"
    for name in public:
        assert name not in needed, name
    if not is_stub:
        module = types.ModuleType("wrapper")
        sys.modules["wrapper"] = module
        exec(compile(tree, "wrapper.py", "exec"), module.__dict__)
        # Methods of dataclasses look names up in the module.
        for record in filter(dataclasses.is_dataclass, map(module.__dict__.get, public)):
            fields = dataclasses.fields(record)
            one, other = (record(*[0] * len(fields)) for _ in "12")
            assert one == other and hash(one) == hash(other) and f"{fields[0].name}=0" in repr(one)
            try:
                setattr(one, fields[0].name, 1)
            except dataclasses.FrozenInstanceError:
                continue
            raise AssertionError("a record can be changed")


modules = json.load(sys.stdin)
for module, stub in modules:
    read(module, False)
    read(stub, True)
print(f"{len(modules)} modules")
