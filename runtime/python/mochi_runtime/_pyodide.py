"""The side of Python in Pyodide that ``mochi-runtime.mjs`` attaches to.

What crosses between JavaScript and Python is a scalar that Pyodide converts exactly in every
release, a ``Uint8Array``, or a text with a letter in front: ``s`` a text, ``w`` any value as
``_codec`` writes it, ``e`` an error, and ``p`` a call that goes on. No data is ever a proxy that
somebody has to destroy.

``async def`` functions run on Pyodide's own loop.
"""

import asyncio

from pyodide.ffi import to_js

from . import _bridge, _codec, _limits, _loops, _pyodide_hosts
from ._calls import described
from ._errors import MochiError, of_host

#: The largest integer up to which JavaScript's numbers are exact.
_SAFE = (1 << 53) - 1
_SCALARS = frozenset((type(None), bool, int, float))
_PLAIN = _SCALARS | {str, bytes, list, dict}


def crossing(value):
    """What crosses for a value."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str and value.isascii():
        return "s" + value
    if kind is int and -_SAFE <= value <= _SAFE:
        return value
    # JavaScript cannot tell a whole float from an integer.
    if kind is float and not value.is_integer():
        return value
    if kind is bytes:
        return to_js(value)
    if kind is str:
        try:
            value.encode("utf-8")
            return "s" + value
        except UnicodeEncodeError:
            # Refused with its name, as in any other value.
            pass
    return "w" + _codec.dumps(value)


def crossed(value):
    """The value of what crossed; a promise of one is an awaitable of its value."""
    kind = type(value)
    if kind is str:
        letter = value[0]
        if letter == "s":
            return value[1:]
        content = _codec.loads(value[1:])
        if letter == "e":
            raise of_host(content)
        return content
    if kind in _SCALARS:
        return value
    return _later(value) if hasattr(value, "then") else value.to_bytes()


async def _later(promise):
    return crossed(await promise)


class Page:
    """What a page calls. ``invoke(name, *args)`` and ``settle(number, result)`` are its functions."""

    def __init__(self, invoke, settle):
        _limits.install()
        self._invoke = invoke
        self._settle = settle
        self._host = _bridge.Host(_pyodide_hosts.Sources(self._call_host).call)
        _bridge.connect(self._host)
        self._tasks = {}

    def _call_host(self, name, args):
        if self._invoke is None:
            raise MochiError(f"the bridge is closed: {name!r} cannot be called", kind="Closed")
        try:
            args = [crossing(value) for value in args]
        except MochiError:
            # With the path from the call.
            _codec.dumps({"args": args})
            raise
        return crossed(self._invoke(name, *args))

    def call_sync(self, module, name, kwargs, *args):
        """Calls a function; what it gives, or an error."""
        return self._call(None, module, name, kwargs, args)

    def call(self, number, module, name, kwargs, *args):
        """Calls a function; what it gives, an error, or that it goes on and will be settled."""
        return self._call(number, module, name, kwargs, args)

    def _call(self, number, module, name, kwargs, args):
        token = _bridge.entered(self._host)
        try:
            args = [crossed(value) for value in args]
            kwargs = crossed(kwargs) if kwargs else {}
            result = _bridge.find(module, name)(*args, **kwargs)
            if type(result) in _PLAIN or not _bridge.is_awaitable(result):
                return crossing(result)
            if number is None:
                _drop(result)
                raise MochiError(
                    f"{name!r} is asynchronous: callSync cannot call it", kind="Asynchronous"
                )
            self._start(number, result)
            return "p"
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            return _failed(error)
        finally:
            _bridge.left(token)

    def _start(self, number, awaitable):
        loop = asyncio.get_event_loop()
        task = loop.create_task(_loops._checked(awaitable, loop))
        self._tasks[number] = task
        task.add_done_callback(lambda task: self._done(number, task))

    def _done(self, number, task):
        del self._tasks[number]
        try:
            result = crossing(task.result())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            result = _failed(error)
        if self._settle is not None:
            self._settle(number, result)

    def cancel(self, number):
        """Cancels a call that goes on."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()

    def close(self):
        """Cancels what goes on, and lets go of the page."""
        for task in list(self._tasks.values()):
            task.cancel()
        self._invoke = self._settle = None


def _failed(error):
    return "e" + _codec.dumps(described(error))


def _drop(awaitable):
    close = getattr(awaitable, "close", None) or getattr(awaitable, "cancel", None)
    if close is not None:
        close()
