"""What WebAssembly targets do not have fails at once, and says where it is that it fails."""

import os
import sys

from ._errors import ProcessesUnavailable, ThreadsUnavailable

_TARGETS = {"emscripten": "wasm32-emscripten", "wasi": "wasm32-wasip2"}
_PROCESSES = (
    "fork", "forkpty", "system", "popen", "posix_spawn", "posix_spawnp",
    "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
    "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe",
)  # fmt: skip


def target():
    """The name of the WebAssembly target that this runs on; ``None`` elsewhere."""
    return _TARGETS.get(sys.platform)


def _no_threads(*_args, **_kwargs):
    raise ThreadsUnavailable(
        f"threads do not exist on {target()}: a thread cannot be started", kind="ThreadsUnavailable"
    )


def _no_processes(what):
    def refuse(*_args, **_kwargs):
        raise ProcessesUnavailable(
            f"processes do not exist on {target()}: {what} cannot start one",
            kind="ProcessesUnavailable",
        )

    refuse.__name__ = refuse.__qualname__ = what.rpartition(".")[2]
    return refuse


def install():
    """Puts the refusals in place on a WebAssembly target; changes nothing elsewhere."""
    if target() is None:
        return
    import _thread
    import concurrent.futures.thread  # noqa: F401 - see below
    import logging  # noqa: F401
    import random  # noqa: F401
    import subprocess
    import threading

    threading.Thread.start = _no_threads
    _thread.start_new_thread = _thread.start_new = _no_threads
    subprocess.Popen.__init__ = _no_processes("subprocess.Popen")
    # What is half made has nothing to be cleaned up.
    subprocess.Popen.__del__ = lambda self, *_: None
    if not hasattr(os, "register_at_fork"):
        # Who finds `os.fork` says what is to happen in the child. Those in the standard library
        # have been imported before they could find it: they would touch what is not there either.
        os.register_at_fork = lambda **_kwargs: None
    for name in _PROCESSES:
        setattr(os, name, _no_processes(f"os.{name}"))
