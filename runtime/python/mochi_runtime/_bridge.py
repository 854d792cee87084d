"""What is called, and who calls the host."""

import contextvars
import importlib
import sys
import types

from . import _limits
from ._errors import MochiError

_exposed = {}
# The host of the call that runs, and the one of what runs outside of calls (threads of users).
_current = contextvars.ContextVar("mochi_host", default=None)
_last = None


class Host:
    """How the host is called: ``call(name, args)``, and what waits for it, ``waits(function)``.

    ``waits`` calls the function and returns its result; a loop that has to go on meanwhile sees to
    it there.
    """

    __slots__ = ("call", "waits")

    def __init__(self, call, waits=None):
        self.call = call
        self.waits = waits


def connect(host):
    """Sets the host of what runs outside of calls."""
    global _last
    _last = host


def entered(host):
    """Sets the host of the call that runs, until the context ends; gives what undoes it."""
    return _current.set(host)


def left(token):
    """Undoes ``entered``."""
    _current.reset(token)


def _host(name):
    host = _current.get() or _last
    if host is None and _limits.target() == "wasm32-emscripten":
        from . import _pyodide_hosts

        host = _pyodide_hosts.connect()
    if host is None:
        raise MochiError(f"no host is there to call {name!r}", kind="NoHost")
    return host


def call_host(name, *args):
    """Calls a function of the host and returns its result.

    Where the host's function is asynchronous (a JavaScript ``async`` function in Pyodide), the
    result is awaitable.
    """
    host = _host(name)
    if host.waits is None:
        return host.call(name, list(args))
    return host.waits(lambda: host.call(name, list(args)))


async def call_host_async(name, *args):
    """Calls a function of the host without holding the loop up where there are threads."""
    if _limits.target() is None:
        import asyncio

        host, loop = _host(name), asyncio.get_running_loop()
        return await loop.run_in_executor(None, host.call, name, list(args))
    result = call_host(name, *args)
    return await result if is_awaitable(result) else result


def is_awaitable(value):
    """Whether a value is to be awaited: as ``inspect.isawaitable``, which is slow to import."""
    if isinstance(value, types.GeneratorType):
        return bool(value.gi_code.co_flags & 0x100)  # CO_ITERABLE_COROUTINE
    return hasattr(type(value), "__await__")


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
    loaded = sys.modules.get(module)
    if loaded is not None and not getattr(
        getattr(loaded, "__spec__", None), "_initializing", False
    ):
        # What is imported, and no path of attributes, is found the faster way.
        function = getattr(loaded, name, None)
        if callable(function):
            return function
    target = importlib.import_module(module)
    for part in name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            raise MochiError(f"{module!r} has no {name!r}", kind="NoFunction") from None
    if not callable(target):
        raise MochiError(f"{name!r} of {module!r} cannot be called", kind="NoFunction")
    return target
