from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

__all__ = ["MochiError", "call_host", "call_host_async", "expose", "exposed"]
__version__: str

class MochiError(Exception):
    kind: str
    payload: Any
    def __init__(self, message: str, kind: str = "MochiError", payload: Any = None) -> None: ...

def call_host(name: str, *args: Any) -> Any: ...
async def call_host_async(name: str, *args: Any) -> Any: ...
def expose(function: _F) -> _F: ...
def exposed() -> list[str]: ...
