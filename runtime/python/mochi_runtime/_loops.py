"""The event loops that ``async def`` functions run on.

``PerCall`` runs each on a fresh loop, ``Persistent`` all on one. Either may be used again while it
runs: a coroutine that calls the host, whose function calls a coroutine.
"""

import asyncio
import contextvars
import queue
import sys
import threading
from asyncio import events, tasks
from concurrent.futures import Future

from ._errors import MochiError


def of_mode(mode):
    """The loops of an ``async-mode``."""
    return Persistent() if mode == "persistent" else PerCall()


class PerCall:
    """Each awaitable on a loop of its own; ``make`` makes one."""

    def __init__(self, make=asyncio.new_event_loop):
        self._make = make

    def run(self, awaitable, note):
        """The result of an awaitable. ``note(cancel)`` is told how to cancel it."""
        with _Outside():
            loop = self._make()
            try:
                task = loop.create_task(_checked(awaitable, loop))
                note(lambda: loop.call_soon_threadsafe(task.cancel))
                return loop.run_until_complete(task)
            finally:
                _finish(loop)


class Persistent:
    """All awaitables on one loop, on a thread of its own."""

    def __init__(self):
        self._lock = threading.Lock()
        self._loop = None
        self._thread = None
        # While the loop's own thread waits for the host: what it is to run meanwhile.
        self._meanwhile = []

    def run(self, awaitable, note):
        loop = self._started()
        if threading.get_ident() == self._thread.ident:
            return self._nested(awaitable, note)
        with self._lock:
            waiting = self._meanwhile[-1] if self._meanwhile else None
            if waiting is not None:
                done = Future()
                waiting.put((done, awaitable, note))
        if waiting is not None:
            return done.result()
        future = asyncio.run_coroutine_threadsafe(_checked(awaitable, loop), loop)
        note(future.cancel)
        return future.result()

    def waits(self, function):
        """Calls a function that waits for the host.

        On the loop's own thread the loop would stand still, and a call of the host that needs it
        would never end: such calls run nested.
        """
        if self._thread is None or threading.get_ident() != self._thread.ident:
            return function()
        meanwhile, answer = queue.SimpleQueue(), Future()

        context = contextvars.copy_context()

        def work():
            try:
                answer.set_result(context.run(function))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                answer.set_exception(error)
            meanwhile.put(None)

        with self._lock:
            self._meanwhile.append(meanwhile)
        try:
            threading.Thread(target=work, daemon=True).start()
            while True:
                wanted = meanwhile.get()
                if wanted is None and answer.done():
                    return answer.result()
                self._answer(wanted)
        finally:
            with self._lock:
                self._meanwhile.remove(meanwhile)

    def _answer(self, wanted):
        done, awaitable, note = wanted
        try:
            done.set_result(self._nested(awaitable, note))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.set_exception(error)

    def _nested(self, awaitable, note):
        loop = self._loop
        task = loop.create_task(_checked(awaitable, loop))
        note(lambda: loop.call_soon_threadsafe(task.cancel))
        drive(loop, task)
        return task.result()

    def _started(self):
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._run_for_ever, daemon=True)
                self._thread.start()
            return self._loop

    def _run_for_ever(self):
        while True:
            try:
                self._loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                # The task that raised it has it; the others go on.
                continue


def drive(loop, task):
    """Runs a loop, which runs already further up, until a task of it is done."""
    # The run further up takes as many as are ready now, and finds that many.
    owed = len(loop._ready)
    with _Outside():
        events._set_running_loop(loop)
        try:
            while not task.done():
                try:
                    loop._run_once()
                except (SystemExit, KeyboardInterrupt):
                    # The task that raised it has it: it may be another one than this.
                    continue
        finally:
            events._set_running_loop(None)
            while len(loop._ready) < owed:
                loop._ready.append(events.Handle(_nothing, (), loop))


def _nothing():
    pass


class _Outside:
    """For as long as it is entered, this thread is in no loop and in no task."""

    # Frames of the loop and of the bridge between one call of user code and the next within it.
    _FRAMES = 24
    _lock = threading.Lock()

    def __enter__(self):
        self._loop = events._get_running_loop()
        if self._loop is not None:
            self._deepen(self._FRAMES)
        self._task = tasks.current_task(self._loop) if self._loop is not None else None
        if self._task is not None:
            tasks._leave_task(self._loop, self._task)
        events._set_running_loop(None)

    def __exit__(self, *_):
        events._set_running_loop(self._loop)
        if self._task is not None:
            tasks._enter_task(self._loop, self._task)
        if self._loop is not None:
            self._deepen(-self._FRAMES)

    def _deepen(self, frames):
        """What the bridge needs is not taken from what user code may recurse."""
        with self._lock:
            sys.setrecursionlimit(sys.getrecursionlimit() + frames)


async def _checked(awaitable, loop):
    """Awaits; what is bound to another loop is refused."""
    if asyncio.isfuture(awaitable) and awaitable.get_loop() is not loop:
        # A coroutine would be awaited; what was made elsewhere is only let go.
        raise _foreign(f"a {type(awaitable).__name__}")
    try:
        return await awaitable
    except RuntimeError as error:
        if "different loop" in str(error) or "different event loop" in str(error):
            raise _foreign("what the function awaits") from error
        raise


def _foreign(what):
    return MochiError(
        f"{what} belongs to another event loop and cannot be awaited on this one; "
        'with async-mode = "persistent" all calls share one loop',
        kind="WrongLoop",
    )


def _finish(loop):
    """Ends what still runs on a loop, and the loop."""
    try:
        left = tasks.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(tasks.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def drop(awaitable):
    """Lets go of what nobody has awaited, or not to its end."""
    stop = getattr(awaitable, "close", None) or getattr(awaitable, "cancel", None)
    if stop is not None:
        stop()
