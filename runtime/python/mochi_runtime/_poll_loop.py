"""An event loop without a selector, which is polled by hand.

It runs where nothing can be waited for by asyncio itself: whoever polls it waits, for as long as
``poll`` says. It may be polled again while one of its own callbacks runs (a task that calls the
host, which calls another task), and several of them may be polled in turn.
"""

import asyncio
import heapq
import threading
from asyncio import events


class PollLoop(asyncio.BaseEventLoop):
    """A loop whose ``wake()`` asks to be polled, and whose ``wait(seconds)`` passes time."""

    def __init__(self, wake, wait):
        super().__init__()
        self._wake = wake
        self._wait = wait
        self._clock_resolution = 1e-6
        #: How many polls of this loop are on the stack.
        self.polls = 0

    def poll(self):
        """Runs what is due; the seconds until more is, or ``None`` if nothing is scheduled."""
        outside, thread = events._get_running_loop(), self._thread_id
        events._set_running_loop(self)
        self._thread_id = threading.get_ident()
        self.polls += 1
        try:
            self._run_due(ends=False)
        finally:
            self.polls -= 1
            self._thread_id = thread
            events._set_running_loop(outside)
        return self.due()

    def due(self):
        """The seconds until something is due; ``None`` if nothing is scheduled."""
        if self._ready:
            return 0.0
        self._drop_cancelled()
        if not self._scheduled:
            return None
        return max(0.0, self._scheduled[0]._when - self.time())

    def _run_due(self, ends=True):
        """Runs what is due. What exits ends a loop that somebody runs, and not one that is polled."""
        self._drop_cancelled()
        end = self.time() + self._clock_resolution
        while self._scheduled and self._scheduled[0]._when <= end:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
            self._ready.append(handle)
        for _ in range(len(self._ready)):
            # A poll within one of them may have run the others.
            if not self._ready:
                break
            handle = self._ready.popleft()
            if not handle._cancelled:
                try:
                    handle._run()
                except (SystemExit, KeyboardInterrupt):
                    # The task that raised it has it.
                    if ends:
                        raise

    def _drop_cancelled(self):
        scheduled = self._scheduled
        if self._timer_cancelled_count > 100 and 2 * self._timer_cancelled_count > len(scheduled):
            for handle in scheduled:
                handle._scheduled = not handle._cancelled
            scheduled[:] = [handle for handle in scheduled if handle._scheduled]
            heapq.heapify(scheduled)
            self._timer_cancelled_count = 0
        while scheduled and scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(scheduled)._scheduled = False

    # What asyncio asks of a loop.

    def _run_once(self):
        self._wait(0.0 if self._stopping else self.due())
        self.polls += 1
        try:
            self._run_due()
        finally:
            self.polls -= 1

    def _write_to_self(self):
        self._wake()

    def call_soon(self, callback, *args, context=None):
        handle = super().call_soon(callback, *args, context=context)
        self._wake()
        return handle

    def call_at(self, when, callback, *args, context=None):
        handle = super().call_at(when, callback, *args, context=context)
        self._wake()
        return handle

    def run_in_executor(self, executor, func, *args):
        """Calls the function at once, as Pyodide's own loop does: there is no other thread."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            future.set_exception(error)
        return future
