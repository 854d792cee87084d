"""The standard library, kept in the component: at run time it is on no disk."""

import importlib.machinery
import importlib.util
import json
import marshal
import os
import sys
import zlib

#: What no program of a component needs, or what cannot work there.
_LEFT_OUT = frozenset(
    "ensurepip idlelib lib2to3 pydoc_data site-packages test tkinter turtledemo turtle venv".split()
)

#: By name: whether it is a package, and its code, marshalled and compressed.
_modules = {}


class _Finder:
    """Finds the modules that were there at build time."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):  # noqa: ARG003 - the protocol's
        """The specification of a module (PEP 451)."""
        found = _modules.get(name)
        if found is None:
            return None
        spec = importlib.machinery.ModuleSpec(
            name, cls, origin=f"<stdlib>/{name}", is_package=found[0]
        )
        spec.has_location = False
        return spec

    @staticmethod
    def create_module(spec):  # noqa: ARG004 - the protocol's
        """The default."""
        return None

    @staticmethod
    def exec_module(module):
        """Runs its code."""
        code = marshal.loads(zlib.decompress(_modules[module.__name__][1]))
        exec(code, module.__dict__)  # noqa: S102 - that is what importing is


def _keep(folder, prefix=""):
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name, ending = os.path.splitext(entry.name)
        if name in _LEFT_OUT:
            continue
        if entry.is_dir():
            if ending or not os.path.exists(os.path.join(entry.path, "__init__.py")):
                continue
            _keep(entry.path, f"{prefix}{name}.")
            continue
        if ending != ".py":
            continue
        is_package = name == "__init__"
        module = prefix[:-1] if is_package else prefix + name
        with open(entry.path, "rb") as file:
            source = importlib.util.decode_source(file.read())
        try:
            code = compile(source, f"<stdlib>/{module.replace('.', '/')}.py", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        _modules[module] = (is_package, zlib.compress(marshal.dumps(code), 9))


def install():
    """Keeps the standard library that is on disk now, and finds it from now on."""
    # `os` is frozen, and says where it would lie elsewhere.
    _keep(os.path.dirname(os.path.dirname(json.__file__)))
    sys.meta_path.append(_Finder)
