"""The server of the subprocess mode: JSON-RPC 2.0 on stdio, one message a line, both ways.

    python -m mochi_runtime.subprocess_server

Requests of the host: ``initialize``, ``call``, ``shutdown``; its notification: ``cancel``. Requests
to the host: ``host``. Each call has a thread to itself while it runs, so that calls are pipelined
and the host may call again while one of its own functions runs.

The protocol has file descriptors to itself: what user code prints to stdout goes to stderr, and
its stdin is empty.
"""

import os
import sys
import threading
from queue import SimpleQueue

from . import _bridge, _codec
from ._calls import Calls, Cancelled, described, loops_of_mode
from ._errors import of_host

INVALID_REQUEST = -32600
NO_METHOD = -32601
#: The size of pipes and buffers, in bytes.
_PIPE = 1 << 20


class _Threads:
    """Threads that run tasks: one that is idle, else a new one. They end with the process."""

    def __init__(self):
        self._idle = []

    def run(self, task, *args):
        """Runs a task on a thread, and returns at once."""
        try:
            tasks = self._idle.pop()
        except IndexError:
            tasks = SimpleQueue()
            threading.Thread(target=self._serve, args=(tasks,), daemon=True).start()
        tasks.put((task, args))

    def _serve(self, tasks):
        while True:
            try:
                task, args = tasks.get()
                task(*args)
                self._idle.append(tasks)
            except Cancelled:
                # It came when the call was over.
                self._idle.append(tasks)


class Server:
    """One connection to a host."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._write_lock = threading.Lock()
        self._lock = threading.Lock()
        self._next = 0
        self._asked = {}
        self._calls = None
        self._threads = _Threads()

    def serve(self):
        """Serves until the host shuts it down or goes away."""
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
        if method == "initialize":
            self._calls = self._made(params.get("async-mode"))
            version = ".".join(map(str, sys.version_info[:3]))
            self._send(number, result={"python": version, "exposed": _bridge.exposed()})
        elif self._calls is None:
            self._send(number, error={"code": INVALID_REQUEST, "message": "initialize comes first"})
        elif method == "call":
            self._begin(number, params)
        elif method == "cancel":
            self._calls.cancel(params["id"])
        elif method == "shutdown":
            self._send(number, result=None)
            return False
        else:
            self._send(number, error={"code": NO_METHOD, "message": f"no method {method!r}"})
        return True

    def _made(self, mode):
        calls = Calls(lambda: loops_of_mode(mode))
        calls.connect(self._call_host)
        return calls

    def _begin(self, number, params):
        self._calls.expect(number)
        self._threads.run(self._run, number, params)

    def _run(self, number, params):
        module, name = params.get("module"), params["function"]
        try:
            args, kwargs = params.get("args", ()), params.get("kwargs", {})
            result = self._calls.run(number, module, name, args, kwargs)
            reply = {"result": _codec.dumps(result)}
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            reply = {"error": described(error)}
        try:
            self._send(number, **reply)
        except Cancelled:
            # It came too late: the call is over.
            self._send(number, **reply)

    # Calls to the host.

    def _call_host(self, name, args):
        answer = SimpleQueue()
        text = _codec.dumps({"name": name, "args": args}, envelope=2)
        with self._lock:
            self._next += 1
            number = f"p{self._next}"
            self._asked[number] = answer
        self._line(f'{{"jsonrpc":"2.0","id":"{number}","method":"host","params":{text}}}')
        message = answer.get()
        if "error" in message:
            error = message["error"]
            raise of_host({"message": error["message"], **(error.get("data") or {})})
        return message["result"]

    def _answered(self, message):
        with self._lock:
            answer = self._asked.pop(message.get("id"), None)
        if answer is not None:
            answer.put(message)

    # Messages.

    def _send(self, number, result=None, error=None):
        if error is not None:
            body = f'"error":{_codec.dumps(error)}'
        else:
            body = f'"result":{result if isinstance(result, str) else _codec.dumps(result)}'
        self._line(f'{{"jsonrpc":"2.0","id":{_codec.dumps(number)},{body}}}')

    def _line(self, text):
        data = memoryview((text + "\n").encode("utf-8"))
        with self._write_lock:
            while data:
                data = data[os.write(self._writer, data) :]


def _large(pipe):
    """A pipe that holds as much as the system lets it, so that few switches move a large value."""
    try:
        import fcntl

        fcntl.fcntl(pipe, 1031, _PIPE)  # F_SETPIPE_SZ of Linux; named since Python 3.10
    except (ImportError, OSError):
        pass
    return pipe


def main():
    """Serves on stdio."""
    reader = os.fdopen(_large(os.dup(0)), "rb", buffering=_PIPE)
    writer = _large(os.dup(1))
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
