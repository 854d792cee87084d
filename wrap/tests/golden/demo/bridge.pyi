"""Made by `mochi py wrap` from [python.bridge] of mochi.toml; changes are lost."""

from dataclasses import dataclass
from typing import Any, Awaitable, Optional, Union

__all__ = [
    "Shape",
    "Point",
    "Everything",
    "distance",
    "echo_everything",
    "fetch",
    "log",
    "pause",
    "area",
    "describe_shape",
    "match",
    "reset",
]

@dataclass(frozen=True)
class Point:
    x: float
    y: Optional[float] = None

@dataclass(frozen=True)
class Shape:
    name: str
    corners: list[Point]
    tags: Optional[dict[str, str]] = None

@dataclass(frozen=True)
class Everything:
    flag: bool
    count: int
    ratio: float
    text: str
    data: bytes
    rows: list[list[int]]
    named: dict[str, list[bytes]]
    last_point: Optional[Point]
    points: list[Optional[Point]]
    from_date: Optional[str] = None

def distance(a: Point, b: Point, unit: str) -> float: ...
def echo_everything(value: Everything, list: Optional[list[Everything]] = None) -> Everything: ...
async def fetch(url: str, timeout: Optional[float] = None) -> dict[str, bytes]: ...
def log(line: str) -> None: ...
async def pause(seconds: float) -> None: ...
def area(points: list[dict[str, Any]]) -> Union[dict[str, float], Awaitable[dict[str, float]]]: ...
def describe_shape(
    shape: dict[str, Any],
    indent: Optional[int] = None,
) -> Union[Optional[dict[str, Any]], Awaitable[Optional[dict[str, Any]]]]: ...
def match(
    type: bool,
    bytes: bytes,
) -> Union[list[dict[str, Any]], Awaitable[list[dict[str, Any]]]]: ...
def reset() -> Optional[Awaitable[None]]: ...
