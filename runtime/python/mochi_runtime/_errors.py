"""The one error of the bridge."""


class MochiError(Exception):
    """A host function failed, or a value or a call cannot cross.

    ``kind`` is the host's own name of the error, and ``payload`` what it gave with it. What caused
    it in the host is its ``__cause__``, a ``MochiError`` too.
    """

    def __init__(self, message, kind="MochiError", payload=None):
        super().__init__(message)
        self.kind = kind
        self.payload = payload


class ThreadsUnavailable(MochiError, RuntimeError):
    """A thread cannot be started here; a ``RuntimeError``, as CPython raises one."""


class ProcessesUnavailable(MochiError, OSError):
    """A process cannot be started here; an ``OSError``, as CPython raises one."""


# What users see is the package's name, be it vendored or not.
for _error in (MochiError, ThreadsUnavailable, ProcessesUnavailable):
    _error.__module__ = __package__


def of_host(error):
    """The exception for what the host sent: ``message``, ``kind``, ``payload`` and ``cause``."""
    made = MochiError(error.get("message", ""), error.get("kind", "HostError"), error.get("payload"))
    cause = error.get("cause")
    if cause is not None:
        made.__cause__ = of_host(cause)
    return made
