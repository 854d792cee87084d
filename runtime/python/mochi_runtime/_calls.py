"""The calls of the host that run here."""

import threading

from . import _bridge, _limits

# Error codes; those of JSON-RPC itself are negative and five digits long.
PYTHON_ERROR = 1
CANCELLED = 2
# By their names, since their modules are slow to import.
_CANCELLATIONS = (
    ("asyncio.exceptions", "CancelledError"),
    ("concurrent.futures._base", "CancelledError"),
)


def loops_of_mode(mode):
    """The loops of an ``async-mode``."""
    from . import _loops

    return _loops.of_mode(mode)


class Cancelled(BaseException):
    """Raised in the thread of a call that was cancelled."""


class Calls:
    """The calls that run, by their numbers.

    ``loops`` makes the loops of what has to be awaited, which is when ``asyncio`` is imported.
    """

    def __init__(self, loops):
        _limits.install()
        self._make_loops = loops
        self._loops = None
        self._lock = threading.Lock()
        self._running = {}
        self._host = None

    def connect(self, host):
        """Sets the function that calls the host: ``host(name, args)``."""
        self._host = _bridge.Host(host, self._waits)
        _bridge.connect(self._host)

    def _waits(self, function):
        waits = getattr(self._loops, "waits", None)
        return function() if waits is None else waits(function)

    def expect(self, number):
        """Makes a call known that will run soon, so that it can be cancelled from now on."""
        with self._lock:
            self._running[number] = _Call()

    def run(self, number, module, name, args, kwargs):
        """Calls a function on this thread and returns its result, awaited if need be."""
        with self._lock:
            call = self._running.setdefault(number, _Call())
        token = _bridge.entered(self._host)
        try:
            # An import that is cut off leaves modules half made, for every call after it: this
            # thread is let know of a cancellation while it imports nothing for the bridge.
            function = None if call.cancelled else _bridge.find(module, name)
            with self._lock:
                if call.cancelled:
                    raise Cancelled
                call.thread = threading.get_ident()
            result = function(*args, **kwargs)
            if _bridge.is_awaitable(result):
                with self._lock:
                    call.thread = None
                result = self._awaited().run(result, lambda cancel: self._note(number, cancel))
            return result
        finally:
            _bridge.left(token)
            with self._lock:
                self._running.pop(number, None)

    def run_here(self, module, name, args, kwargs):
        """As ``run``, for a call that nobody can cancel."""
        token = _bridge.entered(self._host)
        try:
            result = _bridge.find(module, name)(*args, **kwargs)
            if _bridge.is_awaitable(result):
                result = self._awaited().run(result, _nobody_asks)
            return result
        finally:
            _bridge.left(token)

    def _awaited(self):
        with self._lock:
            if self._loops is None:
                self._loops = self._make_loops()
            return self._loops

    def _note(self, number, cancel):
        with self._lock:
            call = self._running.get(number)
            if call is not None:
                call.cancel = cancel
                if call.cancelled:
                    cancel()

    def cancel(self, number):
        """Cancels a call, from another thread."""
        with self._lock:
            call = self._running.get(number)
            if call is None:
                return
            call.cancelled = True
            if call.cancel is not None:
                call.cancel()
            elif call.thread is not None:
                _raise_in(call.thread)

    def cancel_awaited(self, number):
        """Cancels what a call awaits; whether it awaits anything."""
        call = self._running.get(number)
        if call is None or call.cancel is None:
            return False
        call.cancel()
        return True


def _nobody_asks(_cancel):
    pass


class _Call:
    """A call that runs: its thread, and how to cancel what it awaits."""

    __slots__ = ("cancel", "cancelled", "thread")

    def __init__(self):
        self.thread = self.cancel = None
        self.cancelled = False


def _raise_in(thread):
    # At the next bytecode of that thread; what blocks in C is not reached.
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Cancelled))


def is_cancellation(error):
    """Whether an exception says that the call was cancelled."""
    kinds = [(kind.__module__, kind.__name__) for kind in type(error).__mro__]
    return isinstance(error, Cancelled) or any(kind in _CANCELLATIONS for kind in kinds)


def described(error):
    """An exception, as an error of JSON-RPC."""
    if is_cancellation(error):
        return {"code": CANCELLED, "message": "the call was cancelled"}
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ is not what failed
        message = ""
    import traceback

    lines = traceback.format_exception(kind, error, _of_user(error.__traceback__))
    return {
        "code": PYTHON_ERROR,
        "message": _plain(message),
        "data": {"type": _plain(name), "traceback": _plain("".join(lines))},
    }


def _of_user(trace):
    """A traceback without the frames that the bridge has before the first of user code."""
    while trace is not None and trace.tb_frame.f_globals.get("__package__") == __package__:
        trace = trace.tb_next
    return trace


def _plain(text):
    """Text that crosses whatever is in it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
