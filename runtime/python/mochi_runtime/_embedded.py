"""The Python side of the embedded mode, over the built-in module ``_mochi_host``."""

import io
import sys

import _mochi_host

from ._calls import Calls, described, loops_of_mode
from ._errors import of_host

__all__ = ["described", "of_host", "quiet", "start"]


def start(number, mode):
    """The calls of a host, by its number in this process."""
    calls = Calls(lambda: loops_of_mode(mode))
    calls.connect(lambda name, args: _mochi_host.call(number, name, args))
    return calls


def quiet():
    """What user code prints goes to stderr, and its stdin is empty."""
    sys.stdout = sys.stderr
    sys.stdin = io.StringIO()
