"""What is called, and who calls the host."""

import importlib

from ._errors import MochiError

_exposed = {}
_host = None


def connect(host):
    """Sets the function that calls the host: ``host(name, args)``."""
    global _host
    _host = host


def call_host(name, *args):
    """Calls a function of the host and returns its result."""
    if _host is None:
        raise MochiError(f"no host is there to call {name!r}", kind="NoHost")
    return _host(name, list(args))


def expose(function):
    """Lets the host call a function by its name alone. A decorator."""
    _exposed[function.__name__] = function
    return function


def exposed():
    """The names of the functions that the host can call by their names alone."""
    return sorted(_exposed)


def find(module, name):
    """The function of a module, which is imported, or an exposed one where no module is named."""
    if not module:
        try:
            return _exposed[name]
        except KeyError:
            raise MochiError(f"no function {name!r} is exposed", kind="NoFunction") from None
    target = importlib.import_module(module)
    for part in name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            raise MochiError(f"{module!r} has no {name!r}", kind="NoFunction") from None
    if not callable(target):
        raise MochiError(f"{name!r} of {module!r} cannot be called", kind="NoFunction")
    return target
