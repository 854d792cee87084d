"""The standard library in memory.

A component has no disk of its own: when it runs, it has what it had in memory when it was built.
So what could be imported is kept there, compiled and compressed, with its sources for tracebacks.
"""

import asyncio
import marshal
import os
import sys
import zlib
from importlib.machinery import ModuleSpec

# What needs a screen, brings data files that are not kept, or tests Python itself.
_LEFT_OUT = {
    "__phello__", "ensurepip", "idlelib", "site-packages", "test", "tests", "tkinter", "turtle",
    "turtledemo",
}  # fmt: skip


class Library:
    """Imports modules from memory: an entry of ``sys.meta_path``."""

    def __init__(self):
        # By name: whether it is a package, its file, its code and its source.
        self._modules = {}

    def add(self, folder, package=""):
        """Keeps the modules of a folder."""
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            stem, extension = os.path.splitext(entry.name)
            if stem in _LEFT_OUT:
                continue
            if entry.is_dir() and os.path.exists(os.path.join(entry.path, "__init__.py")):
                self.add(entry.path, f"{package}{entry.name}.")
            elif extension == ".py" and stem == "__init__" and package:
                self._keep(package[:-1], entry.path, is_package=True)
            elif extension == ".py":
                self._keep(package + stem, entry.path, is_package=False)

    def _keep(self, name, path, is_package):
        with open(path, "rb") as file:
            source = file.read()
        try:
            code = compile(source, path, "exec", dont_inherit=True)
        except SyntaxError:
            # Templates and samples, which nobody imports.
            return
        packed = zlib.compress(marshal.dumps(code)), zlib.compress(source)
        self._modules[name] = (is_package, path, *packed)

    def adopt(self):
        """Becomes the loader of what is imported already: its files will be gone."""
        for name, module in list(sys.modules.items()):
            spec = getattr(module, "__spec__", None)
            if name in self._modules and spec is not None and spec.origin == self._modules[name][1]:
                module.__loader__ = spec.loader = self

    # What importing asks for.

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002 - the protocol has them
        """The specification of a module that is kept."""
        found = self._modules.get(name)
        if found is None:
            return None
        spec = ModuleSpec(name, self, origin=found[1], is_package=found[0])
        spec.has_location = True
        return spec

    def create_module(self, spec):  # noqa: ARG002 - the protocol has it
        """A module as usual."""
        return None

    def exec_module(self, module):
        """Runs a module."""
        exec(self.get_code(module.__name__), module.__dict__)

    # What tracebacks, ``inspect``, ``runpy`` and ``pkgutil`` ask for.

    def _of(self, name):
        try:
            return self._modules[name]
        except KeyError:
            raise ImportError(f"{name} is not in the standard library", name=name) from None

    def get_code(self, name):
        """The code of a module."""
        return marshal.loads(zlib.decompress(self._of(name)[2]))

    def get_source(self, name):
        """The source of a module."""
        import importlib.util

        return importlib.util.decode_source(zlib.decompress(self._of(name)[3]))

    def get_filename(self, name):
        """The file that a module had."""
        return self._of(name)[1]

    def is_package(self, name):
        """Whether a module is a package."""
        return self._of(name)[0]


def keep():
    """Keeps the standard library and this package, for the time when there is no disk."""
    library = Library()
    # `os` is frozen, and says of itself what is not so here.
    library.add(os.path.dirname(os.path.dirname(asyncio.__file__)))
    name = __name__.rpartition(".")[0]
    library.add(os.path.dirname(__file__), f"{name}.")
    library.adopt()
    # Before what is on the path, as ever: the standard library is not to be hidden by a folder,
    # and what is in memory is found without asking the host for files.
    sys.meta_path.insert(0, library)
