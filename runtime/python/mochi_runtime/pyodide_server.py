"""The server of the pyodide mode in Node: the protocol of ``subprocess_server`` without threads.

``node-driver.mjs`` runs it. A worker of the driver reads the host's lines, so that one more can be
waited for while Python runs: a synchronous call of the host waits on this, the only, thread.
Meanwhile calls that arrive run nested, and the loops go on. The loops are polled by hand, from
JavaScript's own loop when nothing waits: Pyodide's own one could not go on under a call that waits.

What cancels a synchronous call is the interrupt that the worker raises with every line that
cancels. It acts on the call that user code runs in, and never within the bridge itself.
"""

import _thread
import asyncio
import signal
import sys
from asyncio import events, tasks
from collections import deque

from pyodide.ffi import to_js

from . import _bridge, _codec, _limits, _loops, _pyodide_hosts
from ._calls import Cancelled, described
from ._errors import MochiError, of_host
from ._poll_loop import PollLoop
from .subprocess_server import Server

#: Texts longer than this cross as bytes, which are copied at once.
_LONG = 1 << 12
#: Host calls within host calls beyond this would overflow the stack, which Pyodide does not survive.
_DEEPEST = 200


class _Call:
    """A call that runs here."""

    __slots__ = ("number", "owed", "task")

    def __init__(self, number):
        self.number = number
        self.task = None
        #: Whether it is cancelled, and does not know yet.
        self.owed = False

    def is_cancelled(self):
        """Whether a synchronous call is to be told now that it is cancelled; it is told once."""
        owed = self.owed and self.task is None
        self.owed = self.owed and not owed
        return owed


class NodeServer(Server):
    """One connection to a host. ``io`` is the driver, whose functions are used here."""

    def __init__(self, io):
        super().__init__(None, None)
        self._io = io
        self._inbox = deque()
        self._answers = {}
        # Whether the bridge itself runs, and whether an interrupt came meanwhile.
        self._busy = True
        self._poked = False
        # Whether nobody has to ask for the next turn.
        self._awake = False
        # What an interrupt has raised last, and the call that has to be told once more.
        self._raised = None, None
        self._again = None
        self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        signal.signal(signal.SIGINT, self._interrupted)

    # Messages.

    def take(self, line):
        """Takes a line, when nothing else runs here. Whether to go on serving."""
        self._inbox.append(_text(line))
        return self.turn()

    def turn(self):
        """Does what is due, and asks for the next turn. Whether to go on serving."""
        self._awake = True
        while True:
            if self._inbox and not self._handle(self._inbox.popleft()):
                return False
            due = self._calls.poll() if self._calls is not None else None
            if not self._inbox:
                break
        self._awake = False
        # It would hold what its traceback holds.
        self._raised = None, None
        if due is not None:
            self._io.arm(due)
        return True

    def wake(self):
        """Something is due that was not when the last turn ended."""
        if not self._awake:
            self._awake = True
            self._io.arm(0)

    def wait(self, seconds):
        """Handles a line, if one comes within some time."""
        line = self._inbox.popleft() if self._inbox else _text(self._io.receive(seconds))
        if line is not None and not self._handle(line):
            # The host shuts down while its own function runs.
            self._io.leave()

    def _handle(self, line):
        message = _codec.loads(line)
        if "method" in message:
            return self._asked_of_us(message)
        if message.get("id") in self._asked:
            self._answers[message["id"]] = message
        return True

    def _line(self, text):
        if len(text) < _LONG:
            self._io.send(text)
        else:
            self._io.sendBytes(to_js(text.encode("utf-8")))

    def _made(self, mode):
        return NodeCalls(self, mode == "persistent", self._call_host)

    def _begin(self, number, params):
        self._calls.begin(number, params)

    # Calls to the host.

    def _call_host(self, name, args):
        if len(self._asked) >= _DEEPEST:
            raise MochiError(
                f"{_DEEPEST} calls of the host within one another are as many as there can be: "
                f"{name!r} is not called",
                kind="RecursionError",
            )
        text = _codec.dumps({"name": name, "args": args}, envelope=2)
        call, was_busy = self._calls.current(), self._busy
        self._busy = True
        self._next += 1
        number = f"p{self._next}"
        self._asked[number] = call
        try:
            self._line(f'{{"jsonrpc":"2.0","id":"{number}","method":"host","params":{text}}}')
            message = self._answer(number, call)
        finally:
            del self._asked[number]
            self.resume(was_busy)
        if "error" in message:
            error = message["error"]
            raise of_host({"message": error["message"], **(error.get("data") or {})})
        return message["result"]

    def _answer(self, number, call):
        """Serves until the host has answered, or the call that waits is cancelled."""
        with _loops._Outside(), _Deeper():
            while True:
                if call is not None and call.is_cancelled():
                    self._answers.pop(number, None)
                    raise Cancelled
                if number in self._answers:
                    return self._answers.pop(number)
                due = self._calls.poll()
                if number not in self._answers:
                    self.wait(due)

    # Interrupts.

    def outside(self, function, *args, **kwargs):
        """Calls what is not the bridge, and may be interrupted."""
        try:
            self.resume(False)
            return function(*args, **kwargs)
        finally:
            self._busy = True

    def resume(self, busy):
        """Goes on as the bridge, or as what may be interrupted."""
        self._busy = busy
        if self._poked and not busy:
            self._interrupted()

    def _interrupted(self, *_):
        self._poked = self._busy
        if self._busy:
            return
        self._busy = True
        try:
            call = self._look()
            while self._poked:
                # Another one came meanwhile.
                self._poked = False
                call = self._look() or call
        finally:
            self._busy = False
        if call is not None:
            self._raised = call, Cancelled() if call.task is None else asyncio.CancelledError()
            raise self._raised[1]

    def _unraisable(self, told):
        """What was raised in a callback of the collector, which ignores it, is raised anew."""
        call, error = self._raised
        if error is None or told.exc_value is not error:
            self._hook(told)
            return
        self._again = call
        call.owed = True
        _thread.interrupt_main(signal.SIGINT)

    def _look(self):
        """Takes the lines that are there; the call that is to be told now that it is cancelled."""
        current = self._calls.current()
        found = self._told(self._again, current)
        self._again = None
        while True:
            line = _text(self._io.receive(0))
            if line is None:
                return found
            if '"method":"cancel"' not in line[:200]:
                self._inbox.append(line)
                continue
            number = _codec.loads(line)["params"]["id"]
            if any(f'"id":{number},' in waiting[:60] for waiting in self._inbox):
                self._calls.expect_cancelled(number)
            else:
                found = self._told(self._calls.cancel(number), current) or found

    def _told(self, call, current):
        """The call, if it runs now and does not know yet."""
        if call is None or call is not current:
            return None
        return call if call.task is not None or call.is_cancelled() else None


class _Deeper:
    """What the bridge needs to wait for the host is not taken from what user code may recurse."""

    _FRAMES = 16

    def __enter__(self):
        sys.setrecursionlimit(sys.getrecursionlimit() + self._FRAMES)

    def __exit__(self, *_):
        sys.setrecursionlimit(sys.getrecursionlimit() - self._FRAMES)


class NodeCalls:
    """The calls that run, on loops that are polled by hand."""

    def __init__(self, server, persistent, host):
        _limits.install()
        self._server = server
        self._host = _bridge.Host(_pyodide_hosts.Sources(host).call)
        _bridge.connect(self._host)
        # The loops, each with the task that it is there for.
        self._loops = {}
        self._persistent = self._new() if persistent else None
        if persistent:
            self._loops[self._persistent] = None
        self._running = {}
        self._cancelled_early = set()
        # The synchronous calls on the stack, the innermost last.
        self._stack = []

    def begin(self, number, params):
        """Runs a call, or what of it is synchronous."""
        call = self._running[number] = _Call(number)
        depth = len(self._stack)
        self._stack.append(call)
        token = _bridge.entered(self._host)
        try:
            result = self._run(call, params)
            if _bridge.is_awaitable(result):
                self._start(call, result)
            else:
                self._end(call, result=result)
        except BaseException as error:  # noqa: BLE001 - SystemExit of user code is its result, too
            del self._stack[depth:]
            self._end(call, error=error)
        finally:
            del self._stack[depth:]
            _bridge.left(token)

    def _run(self, call, params):
        if call.number in self._cancelled_early:
            self._cancelled_early.discard(call.number)
            raise Cancelled
        args, kwargs = params.get("args", ()), params.get("kwargs", {})

        def run():
            return _bridge.find(params.get("module"), params["function"])(*args, **kwargs)

        return self._server.outside(run)

    def _start(self, call, awaitable):
        loop = self._persistent or self._new()
        call.task = loop.create_task(_loops._checked(awaitable, loop))
        call.task.add_done_callback(lambda task: self._done(call, task, awaitable))
        if self._persistent is None:
            self._loops[loop] = call.task
        if call.owed:
            call.task.cancel()

    def _done(self, call, task, awaitable):
        _loops.drop(awaitable)
        try:
            self._end(call, result=task.result())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self._end(call, error=error)

    def _end(self, call, result=None, error=None):
        self._running.pop(call.number, None)
        if error is None:
            try:
                result = _codec.dumps(result)
            except Exception as refused:  # noqa: BLE001 - it is told to the host
                error = refused
        if error is None:
            self._server._send(call.number, result=result)
        else:
            self._server._send(call.number, error=described(error))

    # Cancelling.

    def current(self):
        """The call whose code runs now."""
        loop = events._get_running_loop()
        if not isinstance(loop, PollLoop):
            return self._stack[-1] if self._stack else None
        task = tasks.current_task(loop)
        return next((call for call in self._running.values() if task and call.task is task), None)

    def cancel(self, number):
        """Cancels a call, which is told at once or where it goes on; the call, if it runs."""
        call = self._running.get(number)
        if call is not None:
            call.owed = True
            if call.task is not None:
                call.task.cancel()
        return call

    def expect_cancelled(self, number):
        """Cancels a call that has not begun."""
        self._cancelled_early.add(number)

    # Loops.

    def poll(self):
        """Runs what is due on all loops; the seconds until more is, ``None`` for never."""
        for loop, task in list(self._loops.items()):
            if loop not in self._loops:
                continue
            self._server.outside(loop.poll)
            # A task of it may wait for the host, further up; it is ended there.
            if task is not None and task.done() and not loop.polls:
                del self._loops[loop]
                with _loops._Outside():
                    _loops._finish(loop)
        return min((due for due in map(PollLoop.due, self._loops) if due is not None), default=None)

    def _new(self):
        return PollLoop(self._server.wake, self._pass)

    def _pass(self, seconds):
        """Lets time pass for a loop that ends: the others go on."""
        with _loops._Outside():
            due = self.poll()
            self._server.wait(min((s for s in (seconds, due) if s is not None), default=None))


def _text(line):
    """A line of the host: ``None``, a text, or the bytes of a long one."""
    return line if line is None or isinstance(line, str) else line.to_bytes().decode("utf-8")
