"""What a target has, found out by trying; and what is asked of a mode apart from the suite."""

import asyncio
import os
import subprocess
import sys
import threading

from mochi_runtime import call_host


def starts_thread():
    threading.Thread(target=int).start()


def starts_thread_below():
    import _thread

    _thread.start_new_thread(int, ())


def runs_subprocess():
    subprocess.run([sys.executable or "python", "-c", ""], check=True)


def forks():
    if os.fork() == 0:
        os._exit(0)


def runs_shell():
    os.system("true")


def _works(function):
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return True


async def columns():
    """The columns of the target table: ``True``, or why not."""

    async def asynchronous():
        return await asyncio.gather(asyncio.sleep(0.001, 1), asyncio.sleep(0, 2))

    return {
        "asyncio": await asynchronous() == [1, 2],
        "threading": _works(starts_thread),
        "subprocess": _works(runs_subprocess),
    }


async def spins():
    while True:
        pass


def catches_and_goes_on():
    """Waits for the host for ever; what cancels it is no ``Exception``."""
    try:
        return call_host("never")
    except Exception:
        return "caught"


async def awaits_javascript():
    """A promise of JavaScript, on whatever loop this is."""
    import js

    await js.Promise.new(lambda resolve, reject: js.setTimeout(resolve, 20))
    return await js.Promise.resolve(7)


async def in_executor():
    return await asyncio.get_running_loop().run_in_executor(None, len, "abc")


_ready = []


async def sets(value):
    await asyncio.sleep(0.05)
    _ready.append(value)
    return value


def waits_for_host_then_counts():
    call_host("pause")
    return len(_ready)
