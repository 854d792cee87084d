"""Made by `mochi py wrap` from [python.bridge] of mochi.toml; changes are lost."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Optional, TypeVar, Union

from mochi_runtime import MochiError, call_host, call_host_async, expose

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
    """The record `point`."""

    x: float
    y: Optional[float] = None


@dataclass(frozen=True)
class Shape:
    """The record `shape`."""

    name: str
    corners: list[Point]
    tags: Optional[dict[str, str]] = None


@dataclass(frozen=True)
class Everything:
    """The record `everything`."""

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


_T = TypeVar("_T")


_F = TypeVar("_F", bound=Callable[..., Any])


class _Wrong(Exception):
    """A value is not of its type: why, and where in the whole."""

    def __init__(self, why: str, path: str = "") -> None:
        self.why = why
        self.path = path


def _wrong(due: str, value: Any) -> _Wrong:
    name = value.__class__.__name__
    found = {"NoneType": "nothing", "dict": "map", "str": "string"}.get(name, name)
    return _Wrong(f"must be {due}, found {found}")


def _checked(function: str, place: str, of: Callable[[Any], _T], value: Any) -> _T:
    try:
        return of(value)
    except _Wrong as wrong:
        message = f"{function}: `{place}{wrong.path}` {wrong.why}"
        raise MochiError(message, kind="TypeError") from None


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong("bool", value)
    return value


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong("int", value)
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        raise _wrong("float", value)
    try:
        return float(value)
    except OverflowError:
        raise _Wrong("must be float, found an int beyond its range") from None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong("string", value)
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _wrong("bytes", value)
    return bytes(value)


def _nothing(value: Any) -> None:
    if value is not None:
        raise _wrong("nothing", value)


def _optional(of: Callable[[Any], _T]) -> Callable[[Any], Optional[_T]]:
    def check(value: Any) -> Optional[_T]:
        return None if value is None else of(value)

    return check


def _list(of: Callable[[Any], _T]) -> Callable[[Any], list[_T]]:
    def check(value: Any) -> list[_T]:
        if not isinstance(value, (list, tuple)):
            raise _wrong("list", value)
        items: list[_T] = []
        try:
            for item in value:
                items.append(of(item))
        except _Wrong as wrong:
            wrong.path = f"[{len(items)}]{wrong.path}"
            raise
        return items

    return check


def _map(of: Callable[[Any], _T]) -> Callable[[Any], dict[str, _T]]:
    def check(value: Any) -> dict[str, _T]:
        if not isinstance(value, dict):
            raise _wrong("map", value)
        items: dict[str, _T] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise _Wrong(f"must have string keys, found {key!r:.60}")
            try:
                items[key] = of(item)
            except _Wrong as wrong:
                wrong.path = f"[{key!r}]{wrong.path}"
                raise
        return items

    return check


def _fields(record: str, value: Any, types: dict[str, str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(record, value)
    for name, due in types.items():
        if name not in value and not due.startswith("optional<"):
            raise _Wrong(f"must be {due}, found nothing", f".{name}")
    for name in value:
        if name not in types:
            raise _Wrong(f"is no field of {record}", f".{name}")
    return value


def _field(step: str, of: Callable[[Any], _T], value: Any) -> _T:
    try:
        return of(value)
    except _Wrong as wrong:
        wrong.path = step + wrong.path
        raise


def _exposed(name: str) -> Callable[[_F], _F]:
    """As ``expose``, under a name that Python does not spell so."""

    def expose_as(function: _F) -> _F:
        function.__name__ = name
        return expose(function)

    return expose_as


def _function(module: str, path: str) -> Any:
    """A function of a module, which is imported when it is first called."""
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise MochiError(f"{module!r} has no {path!r}", kind="NoFunction") from None
    return found


def _answered(
    function: str, of: Callable[[Any], _T], result: Any
) -> Union[_T, Awaitable[_T]]:
    if inspect.isawaitable(result):
        return _awaited(function, of, result)
    return _checked(function, "result", of, result)


async def _awaited(function: str, of: Callable[[Any], _T], result: Awaitable[Any]) -> _T:
    return _checked(function, "result", of, await result)


def _send_shape(value: Any) -> dict[str, Any]:
    if not isinstance(value, Shape):
        raise _wrong("shape", value)
    return {
        "name": _field(".name", _string, value.name),
        "corners": _field(".corners", _list(_send_point), value.corners),
        "tags": _field(".tags", _optional(_map(_string)), value.tags),
    }


def _take_shape(value: Any) -> Shape:
    fields = _fields(
        "shape",
        value,
        {"name": "string", "corners": "list<point>", "tags": "optional<map<string>>"},
    )
    return Shape(
        name=_field(".name", _string, fields["name"]),
        corners=_field(".corners", _list(_take_point), fields["corners"]),
        tags=_field(".tags", _optional(_map(_string)), fields.get("tags")),
    )


def _send_point(value: Any) -> dict[str, Any]:
    if not isinstance(value, Point):
        raise _wrong("point", value)
    return {"x": _field(".x", _float, value.x), "y": _field(".y", _optional(_float), value.y)}


def _take_point(value: Any) -> Point:
    fields = _fields("point", value, {"x": "float", "y": "optional<float>"})
    return Point(
        x=_field(".x", _float, fields["x"]),
        y=_field(".y", _optional(_float), fields.get("y")),
    )


def _send_everything(value: Any) -> dict[str, Any]:
    if not isinstance(value, Everything):
        raise _wrong("everything", value)
    return {
        "flag": _field(".flag", _bool, value.flag),
        "count": _field(".count", _int, value.count),
        "ratio": _field(".ratio", _float, value.ratio),
        "text": _field(".text", _string, value.text),
        "data": _field(".data", _bytes, value.data),
        "rows": _field(".rows", _list(_list(_int)), value.rows),
        "named": _field(".named", _map(_list(_bytes)), value.named),
        "lastPoint": _field(".last_point", _optional(_send_point), value.last_point),
        "points": _field(".points", _list(_optional(_send_point)), value.points),
        "from_date": _field(".from_date", _optional(_string), value.from_date),
    }


def _take_everything(value: Any) -> Everything:
    fields = _fields(
        "everything",
        value,
        {
            "flag": "bool",
            "count": "int",
            "ratio": "float",
            "text": "string",
            "data": "bytes",
            "rows": "list<list<int>>",
            "named": "map<list<bytes>>",
            "lastPoint": "optional<point>",
            "points": "list<optional<point>>",
            "from_date": "optional<string>",
        },
    )
    return Everything(
        flag=_field(".flag", _bool, fields["flag"]),
        count=_field(".count", _int, fields["count"]),
        ratio=_field(".ratio", _float, fields["ratio"]),
        text=_field(".text", _string, fields["text"]),
        data=_field(".data", _bytes, fields["data"]),
        rows=_field(".rows", _list(_list(_int)), fields["rows"]),
        named=_field(".named", _map(_list(_bytes)), fields["named"]),
        last_point=_field(".lastPoint", _optional(_take_point), fields.get("lastPoint")),
        points=_field(".points", _list(_optional(_take_point)), fields["points"]),
        from_date=_field(".from_date", _optional(_string), fields.get("from_date")),
    )


def distance(a: Point, b: Point, unit: str) -> float:
    """The distance of two points."""
    return _checked(
        "distance",
        "result",
        _float,
        call_host(
            "distance",
            _checked("distance", "a", _send_point, a),
            _checked("distance", "b", _send_point, b),
            _checked("distance", "unit", _string, unit),
        ),
    )


def echo_everything(value: Everything, list: Optional[list[Everything]] = None) -> Everything:
    return _checked(
        "echoEverything",
        "result",
        _take_everything,
        call_host(
            "echoEverything",
            _checked("echoEverything", "value", _send_everything, value),
            _checked("echoEverything", "list", _optional(_list(_send_everything)), list),
        ),
    )


async def fetch(url: str, timeout: Optional[float] = None) -> dict[str, bytes]:
    """Fetches what an address has.

    Its parts by their names; a backslash \\ and three quotes \"\"\" stay what they are.
    """
    return _checked(
        "fetch",
        "result",
        _map(_bytes),
        await call_host_async(
            "fetch",
            _checked("fetch", "url", _string, url),
            _checked("fetch", "timeout", _optional(_float), timeout),
        ),
    )


def log(line: str) -> None:
    _checked("log", "result", _nothing, call_host("log", _checked("log", "line", _string, line)))


async def pause(seconds: float) -> None:
    _checked(
        "pause",
        "result",
        _nothing,
        await call_host_async("pause", _checked("pause", "seconds", _float, seconds)),
    )


@expose
def area(points: list[dict[str, Any]]) -> Union[dict[str, float], Awaitable[dict[str, float]]]:
    """The areas that points enclose.

    Calls demo.geometry:area for the host.
    """
    return _answered(
        "area",
        _map(_float),
        _function("demo.geometry", "area")(_checked("area", "points", _list(_take_point), points)),
    )


@_exposed("describeShape")
def describe_shape(
    shape: dict[str, Any],
    indent: Optional[int] = None,
) -> Union[Optional[dict[str, Any]], Awaitable[Optional[dict[str, Any]]]]:
    """Calls demo.geometry:Shapes.describe for the host."""
    return _answered(
        "describeShape",
        _optional(_send_shape),
        _function("demo.geometry", "Shapes.describe")(
            _checked("describeShape", "shape", _take_shape, shape),
            _checked("describeShape", "indent", _optional(_int), indent),
        ),
    )


@expose
def match(type: bool, bytes: bytes) -> Union[list[dict[str, Any]], Awaitable[list[dict[str, Any]]]]:
    """Calls demo.geometry:later for the host."""
    return _answered(
        "match",
        _list(_send_everything),
        _function("demo.geometry", "later")(
            _checked("match", "type", _bool, type),
            _checked("match", "bytes", _bytes, bytes),
        ),
    )


@expose
def reset() -> Optional[Awaitable[None]]:
    """Calls demo:reset for the host."""
    return _answered("reset", _nothing, _function("demo", "reset")())
