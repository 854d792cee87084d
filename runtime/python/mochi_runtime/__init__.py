"""The Python side of the Mochi bridge.

``call_host(name, *args)`` calls a function of the host (``call_host_async`` awaits it),
``expose(function)`` gives the host a function under its name, and ``MochiError`` is what fails.
"""

from ._bridge import call_host, call_host_async, expose, exposed
from ._errors import MochiError

__all__ = ["MochiError", "call_host", "call_host_async", "expose", "exposed"]
__version__ = "0.1.0"
