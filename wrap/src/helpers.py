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
