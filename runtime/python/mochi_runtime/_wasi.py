"""The side of Python in a WASI component: the world ``mochi:bridge/bridge``.

``componentize-py`` imports this at build time and keeps what is there then. No exception may leave
an export, but ``Err``: any other would end the component.
"""

import asyncio
import os
import random
import sys
import time
from asyncio import events

from componentize_py_types import Err
from wit_world.imports import host

from . import _codec, _loops, _wasi_stdlib
from ._calls import Calls, Cancelled, described
from ._errors import MochiError, of_host
from ._poll_loop import PollLoop

#: The longest wait that the host is asked for, in seconds: 64 bits of nanoseconds hold it.
_LONGEST = 1e9


def _new_loop():
    return PollLoop(lambda: None, _pass)


def _pass(seconds):
    """Lets time pass for a loop; one that nothing will ever wake is an error and no hang."""
    if seconds is None:
        raise MochiError(
            "the event loop waits for what nothing will ever do: there are no threads on wasm32-wasip2",
            kind="Deadlock",
        )
    _told(host.wait(int(min(seconds, _LONGEST) * 1e9)))


def _sleep(seconds):
    """``time.sleep``, which ends when the call is cancelled."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return
        if host.wait(int(min(left, _LONGEST) * 1e9)):
            raise Cancelled


def _told(cancelled):
    """Cancels the innermost call, if the host says so."""
    if cancelled:
        _guest.cancel_innermost()


class _OneLoop:
    """All awaitables on one loop, which runs nested where it is needed within itself."""

    def __init__(self):
        self._loop = _new_loop()

    def run(self, awaitable, note):
        loop = self._loop
        task = loop.create_task(_loops._checked(awaitable, loop))
        note(task.cancel)
        if loop.is_running():
            _loops.drive(loop, task)
        else:
            with _loops._Outside():
                loop.run_until_complete(_settled(task))
        return task.result()


async def _settled(task):
    await asyncio.wait([task])


class _Guest:
    """The calls that run, the innermost last."""

    def __init__(self):
        self._calls = None
        self._stack = []

    def initialize(self, params):
        """Sets paths and environment, and what awaits."""
        # The folders of the build are on no disk any more.
        sys.path[:] = params["paths"]
        sys.path_importer_cache.clear()
        os.environ.update(params["env"])
        # Its state is that of the build: every instance would draw the same numbers.
        random.seed()
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)
        persistent = params["async-mode"] == "persistent"
        make = _OneLoop if persistent else lambda: _loops.PerCall(_new_loop)
        self._calls = Calls(make)
        self._calls.connect(self._call_host)

    def outcome(self, number, payload):
        """Whether a call has a result, and the text of that or of its error."""
        self._stack.append(number)
        try:
            params = _codec.loads(payload.decode("utf-8"))
            with _loops._Outside():
                result = self._calls.run(
                    number,
                    params.get("module"),
                    params["function"],
                    params.get("args", ()),
                    params.get("kwargs", {}),
                )
            return True, _codec.dumps(result).encode("utf-8")
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            return False, _codec.dumps(described(error)).encode("utf-8")
        finally:
            self._stack.pop()

    def _call_host(self, name, args):
        step = host.call(name, _codec.dumps(args, envelope=1).encode("utf-8"))
        while True:
            if isinstance(step, host.Step_Done):
                return _codec.loads(step.value.decode("utf-8"))
            if isinstance(step, host.Step_Failed):
                raise of_host(_codec.loads(step.value.decode("utf-8")))
            if isinstance(step, host.Step_Cancelled):
                raise Cancelled
            nested = step.value
            ok, text = self.outcome(nested.number, nested.payload)
            step = host.resume(nested.number, ok, text)

    def cancel_innermost(self):
        """Cancels what the innermost call awaits; a synchronous one ends here."""
        if not self._calls.cancel_awaited(self._stack[-1]):
            raise Cancelled


_guest = _Guest()


class WitWorld:
    """The exports of the world."""

    def initialize(self, params):
        """See ``bridge.wit``."""
        try:
            _guest.initialize(_codec.loads(params.decode("utf-8")))
        except BaseException as error:  # noqa: BLE001 - nothing else may leave
            raise Err(_codec.dumps(described(error)).encode("utf-8")) from None
        return b"null"

    def invoke(self, number, payload):
        """See ``bridge.wit``."""
        ok, text = _guest.outcome(number, payload)
        if ok:
            return text
        raise Err(text)

    def ping(self, payload):
        """See ``bridge.wit``."""
        return payload


def _install():
    """What the standard library of WASI lacks: a loop that can start, a sleep that can end."""
    _wasi_stdlib.keep()
    time.sleep = _sleep
    asyncio.EventLoop = asyncio.SelectorEventLoop = PollLoop
    asyncio.new_event_loop = events.new_event_loop = _new_loop
    policy = getattr(asyncio.unix_events, "_DefaultEventLoopPolicy", None)
    if policy is not None:
        policy._loop_factory = staticmethod(_new_loop)


_install()
