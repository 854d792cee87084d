"""The server of the subprocess mode: JSON-RPC 2.0 on stdio, one message a line, both ways.

    python -m mochi_runtime.subprocess_server

Requests of the host: ``initialize``, ``call``, ``shutdown``; its notification: ``cancel``. Requests
to the host: ``host``. Each call runs on a thread of its own, so that calls are pipelined and the
host may call again while one of its own functions runs.

The protocol has file descriptors to itself: what user code prints to stdout goes to stderr, and
its stdin is empty.
"""

import asyncio
import ctypes
import inspect
import os
import sys
import threading
import traceback
from concurrent.futures import CancelledError, Future

from . import _bridge, _codec
from ._errors import MochiError

# Error codes; those of JSON-RPC itself are negative and five digits long.
PYTHON_ERROR = 1
CANCELLED = 2
INVALID_REQUEST = -32600
NO_METHOD = -32601


class _Cancelled(BaseException):
    """Raised in the thread of a call that was cancelled."""


class Server:
    """One connection to a host."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._write_lock = threading.Lock()
        self._lock = threading.Lock()
        self._next = 0
        self._asked = {}
        self._running = {}
        self._persistent = False
        self._loop = None

    def serve(self):
        """Serves until the host shuts it down or goes away."""
        _bridge.connect(self._call_host)
        for line in self._reader:
            if not line.strip():
                continue
            message = _codec.loads(line.decode("utf-8"))
            if "method" not in message:
                self._answered(message)
            elif not self._asked_of_us(message):
                return

    def _asked_of_us(self, message):
        """Starts what is asked for; whether to go on serving."""
        method, params, number = message["method"], message.get("params"), message.get("id")
        if method == "call":
            thread = threading.Thread(target=self._run, args=(number, params), daemon=True)
            with self._lock:
                self._running[number] = [thread, None]
            thread.start()
        elif method == "cancel":
            self._cancel(params["id"])
        elif method == "initialize":
            self._persistent = params.get("async-mode") == "persistent"
            version = ".".join(map(str, sys.version_info[:3]))
            self._send(number, result={"python": version, "exposed": _bridge.exposed()})
        elif method == "shutdown":
            self._send(number, result=None)
            return False
        else:
            self._send(number, error={"code": NO_METHOD, "message": f"no method {method!r}"})
        return True

    # Calls of the host.

    def _run(self, number, params):
        try:
            function = _bridge.find(params.get("module"), params["function"])
            result = function(*params.get("args", ()), **params.get("kwargs", {}))
            if inspect.isawaitable(result):
                result = self._await(number, result)
            reply = {"result": _codec.dumps(result)}
        except (_Cancelled, asyncio.CancelledError, CancelledError):
            reply = {"error": {"code": CANCELLED, "message": "the call was cancelled"}}
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            reply = {"error": _described(error)}
        with self._lock:
            self._running.pop(number, None)
        try:
            self._send(number, **reply)
        except _Cancelled:
            # It came too late: the call is over.
            self._send(number, **reply)

    def _await(self, number, awaitable):
        async def run():
            return await awaitable

        if self._persistent:
            future = asyncio.run_coroutine_threadsafe(run(), self._persistent_loop())
            self._note(number, future.cancel)
            return future.result()

        async def alone():
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            self._note(number, lambda: loop.call_soon_threadsafe(task.cancel))
            return await awaitable

        return asyncio.run(alone())

    def _note(self, number, cancel):
        with self._lock:
            if number in self._running:
                self._running[number][1] = cancel

    def _persistent_loop(self):
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
            return self._loop

    def _cancel(self, number):
        with self._lock:
            thread, cancel = self._running.get(number, (None, None))
            if cancel is not None:
                cancel()
            elif thread is not None:
                # At the next bytecode of that thread; what blocks in C is not reached.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident), ctypes.py_object(_Cancelled)
                )

    # Calls to the host.

    def _call_host(self, name, args):
        answer = Future()
        text = _codec.dumps({"name": name, "args": args})
        with self._lock:
            self._next += 1
            number = f"p{self._next}"
            self._asked[number] = answer
        self._line(f'{{"jsonrpc":"2.0","id":"{number}","method":"host","params":{text}}}')
        message = answer.result()
        if "error" in message:
            error = message["error"]
            data = error.get("data") or {}
            raise MochiError(error["message"], data.get("kind", "HostError"), data.get("payload"))
        return message["result"]

    def _answered(self, message):
        with self._lock:
            answer = self._asked.pop(message.get("id"), None)
        if answer is not None:
            answer.set_result(message)

    # Messages.

    def _send(self, number, result=None, error=None):
        if error is not None:
            body = f'"error":{_codec.dumps(error)}'
        else:
            body = f'"result":{result if isinstance(result, str) else _codec.dumps(result)}'
        self._line(f'{{"jsonrpc":"2.0","id":{_codec.dumps(number)},{body}}}')

    def _line(self, text):
        data = text.encode("utf-8") + b"\n"
        with self._write_lock:
            self._writer.write(data)
            self._writer.flush()


def _described(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ is not what failed
        message = ""
    lines = traceback.format_exception(kind, error, error.__traceback__)
    return {
        "code": PYTHON_ERROR,
        "message": _plain(message),
        "data": {"type": _plain(name), "traceback": _plain("".join(lines))},
    }


def _plain(text):
    """Text that crosses whatever is in it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def main():
    """Serves on stdio."""
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    Server(reader, writer).serve()
    # Threads of calls that go on do not hold the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
