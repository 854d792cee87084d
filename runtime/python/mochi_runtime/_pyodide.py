"""The side of Python in Pyodide that ``mochi-runtime.mjs`` attaches to.

What crosses between JavaScript and Python is a scalar that Pyodide converts exactly in every
release, a ``Uint8Array``, or a text with a letter in front: ``s`` a text, ``w`` any value as
``_codec`` writes it, ``e`` an error, and ``p`` a call that goes on. A long text is an array of its
UTF-8, whose property ``$mochi`` is the letter. No data is ever a proxy that somebody has to destroy.

``async def`` functions run on Pyodide's own loop.
"""

import asyncio
import sys

from pyodide.ffi import to_js

from . import _bridge, _codec, _limits, _loops, _pyodide_hosts
from ._calls import described
from ._errors import MochiError, of_host

#: The largest integer that Pyodide makes a number of, and none of its releases a BigInt.
_SMALL = 1 << 52
#: Pyodide makes texts character by character; longer ones are faster as UTF-8.
_LONG = 1 << 9
_LETTER = "$mochi"
_enter, _leave = _bridge._current.set, _bridge._current.reset
_SCALARS = frozenset((type(None), bool, int, float))
_PLAIN = _SCALARS | {str, bytes, list, dict}


def crossing(value):
    """What crosses for a value."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int and -_SMALL <= value <= _SMALL:
        return value
    # JavaScript cannot tell a whole float from an integer.
    if kind is float and not value.is_integer():
        return value
    if kind is bytes:
        return to_js(value)
    if kind is str:
        try:
            return _lettered("s", value, value.encode("utf-8"))
        except UnicodeEncodeError:
            # Refused with its name, as in any other value.
            pass
    text = _codec.dumps(value)
    return _lettered("w", text, text.encode("utf-8"))


def _lettered(letter, text, encoded):
    if len(encoded) < _LONG:
        return letter + text
    array = to_js(encoded)
    setattr(array, _LETTER, letter)
    return array


def _failed(error):
    text = _codec.dumps(described(error))
    return _lettered("e", text, text.encode("utf-8"))


def crossed(value):
    """The value of what crossed; a promise of one is an awaitable of its value."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is str:
        return _meant(value[0], value[1:])
    letter = getattr(value, _LETTER, None)
    if letter is not None:
        return _meant(letter, str(value.to_bytes(), "utf-8"))
    return _later(value) if hasattr(value, "then") else value.to_bytes()


def _meant(letter, text):
    if letter == "s":
        return text
    content = _codec.loads(text)
    if letter == "e":
        raise of_host(content)
    return content


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

    def call(self, number, module, name, kwargs, *args):
        """Calls a function; what it gives, an error, or that it goes on and will be settled.

        Without a number, it must not go on.
        """
        token = _enter(self._host)
        try:
            # What is imported, and no path of attributes, is found the faster way.
            found = sys.modules.get(module)
            function = None if found is None else getattr(found, name, None)
            if not callable(function):
                function = _bridge.find(module, name)
            args = [value if type(value) in _SCALARS else crossed(value) for value in args]
            result = function(*args, **crossed(kwargs)) if kwargs else function(*args)
            if type(result) in _PLAIN or not _bridge.is_awaitable(result):
                return crossing(result)
            if number is None:
                _loops.drop(result)
                raise MochiError(
                    f"{name!r} is asynchronous: callSync cannot call it", kind="Asynchronous"
                )
            self._start(number, result)
            return "p"
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            return _failed(error)
        finally:
            _leave(token)

    def _start(self, number, awaitable):
        loop = asyncio.get_event_loop()
        task = loop.create_task(_loops._checked(awaitable, loop))
        self._tasks[number] = task
        task.add_done_callback(lambda task: self._done(number, task, awaitable))

    def _done(self, number, task, awaitable):
        del self._tasks[number]
        _loops.drop(awaitable)
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
