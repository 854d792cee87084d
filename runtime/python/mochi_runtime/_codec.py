"""Values as JSON text, unchanged both ways.

What JSON has no form for is an object with one key that begins with ``$``:

* ``{"$bytes": "aGk="}`` -- bytes, in base64
* ``{"$float": "nan"}`` -- ``nan``, ``inf`` and ``-inf``
* ``{"$int": "123"}`` -- an integer beyond 64 bits
* ``{"$map": [["key", value], ...]}`` -- a map with a key that begins with ``$``

Both directions are loops, so that depth costs memory and not the stack.
"""

import binascii
import json
import math
from json.encoder import encode_basestring

from ._errors import MochiError

#: Values nested deeper than this do not cross: it is as deep as Python itself goes by default.
MAX_DEPTH = 1_000

_LIMIT = 1 << 63
#: What the encoder of ``json``, which is in C, writes as it is written here, within bounds.
_FLAT = frozenset((int, float, str, bool, type(None)))
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_scan = json.JSONDecoder().scan_once


def _shown(path):
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "$" + "".join(parts).encode("utf-8", "backslashreplace").decode("utf-8")


def _refuse(why, path):
    raise MochiError(f"{why}, at {_shown(path)}", kind="ValueError")


def _text(value, path):
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(value[error.start])
    else:
        return encode_basestring(value)
    return _refuse(f"a text with the lone surrogate U+{code:04X} cannot cross", path)


def _scalar(value, path):
    """The text of a value that holds no others; ``None`` for a list or a map."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    kind = type(value)
    if kind is str:
        return _text(value, path)
    if kind is int:
        return int.__repr__(value) if -_LIMIT <= value < _LIMIT else f'{{"$int":"{_digits(value)}"}}'
    if kind is float:
        return float.__repr__(value) if math.isfinite(value) else f'{{"$float":"{value!r}"}}'
    if kind in (bytes, bytearray, memoryview):
        return '{"$bytes":"%s"}' % binascii.b2a_base64(value, newline=False).decode("ascii")
    if isinstance(value, (list, tuple, dict)):
        return None
    # Subclasses cross as what they are a kind of: enumerations, numpy-like floats.
    if isinstance(value, bool):
        return "true" if value else "false"
    for base in (str, int, float, bytes):
        if isinstance(value, base):
            return _scalar(base(value), path)
    return _refuse(f"a {kind.__module__}.{kind.__qualname__} cannot cross", path)


def _digits(value):
    """The decimal digits of an integer of any length; ``str`` refuses more than 4,300."""
    if -(10**4000) < value < 10**4000:
        return str(value)
    sign, value, parts = ("-" if value < 0 else ""), abs(value), []
    base = 10**4000
    while value:
        value, rest = divmod(value, base)
        parts.append(f"{rest:04000d}" if value else str(rest))
    return sign + "".join(reversed(parts))


def _integer(text):
    digits = text[1:] if text.startswith("-") else text
    value = 0
    for start in range(0, len(digits), 4000):
        part = digits[start : start + 4000]
        value = value * 10 ** len(part) + int(part)
    return -value if text.startswith("-") else value


def _flat(items):
    """Whether values hold no others, and are within the bounds of what ``_encode`` writes right."""
    kinds = set(map(type, items))
    if not kinds <= _FLAT:
        return False
    if int in kinds:
        integers = items if len(kinds) == 1 else [item for item in items if type(item) is int]
        if min(integers) < -_LIMIT or max(integers) >= _LIMIT:
            return False
    if float in kinds:
        floats = items if len(kinds) == 1 else [item for item in items if type(item) is float]
        if not all(map(math.isfinite, floats)):
            return False
    if str in kinds:
        return _whole(items if len(kinds) == 1 else [item for item in items if type(item) is str])
    return True


def _whole(texts):
    """Whether texts have no lone surrogates."""
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _quick(value):
    """The text of a list or a map of which every item is flat; ``None`` for others."""
    if isinstance(value, dict):
        if not _flat(value.values()) or set(map(type, value)) != {str} or not _whole(value):
            return None
        return None if "$" in {key[:1] for key in value} else _encode(value)
    return _encode(value) if _flat(value) else None


def dumps(value, envelope=0):
    """The text of a value. What cannot cross is a ``MochiError`` that says which, and where.

    ``envelope`` is how many levels of it are a message's own, and do not count as the value's.
    """
    out = []
    path = []
    # Each open list or map: what is left of it, and the text that closes it.
    open_ones = []

    def opened(value):
        """Writes a list or a map as a whole, or opens it; whether it is open."""
        if len(open_ones) >= MAX_DEPTH + envelope:
            _refuse(f"values nested deeper than {MAX_DEPTH} cannot cross", path[:8])
        text = _quick(value) if value else None
        if text is not None:
            out.append(text)
            return False
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    _refuse(f"a map with the key {key!r:.60}, which is no text, cannot cross", path)
            if any(key.startswith("$") for key in value):
                out.append('{"$map":[')
                open_ones.append((iter(value.items()), "]}", True))
            else:
                out.append("{")
                open_ones.append((iter(value.items()), "}", False))
        else:
            out.append("[")
            open_ones.append((enumerate(value), "]", None))
        return True

    text = _scalar(value, path)
    if text is not None:
        return text
    opened(value)
    while open_ones:
        rest, closing, pairs = open_ones[-1]
        for key, item in rest:
            path.append(key)
            if out[-1] not in ("[", "{", '{"$map":['):
                out.append(",")
            if pairs is False:
                out.append(_text(key, path))
                out.append(":")
            elif pairs:
                out.append(f"[{_text(key, path)},")
            text = _scalar(item, path)
            if text is None:
                if opened(item):
                    break
            else:
                out.append(text)
            if pairs:
                out.append("]")
            path.pop()
        else:
            open_ones.pop()
            out.append(closing)
            if path:
                path.pop()
                if open_ones[-1][2]:
                    out.append("]")
    return "".join(out)


def _untagged(value):
    """A map as it came, or what its one ``$`` key stands for."""
    if len(value) != 1:
        return value
    ((key, inner),) = value.items()
    if not key.startswith("$"):
        return value
    if key == "$bytes":
        return binascii.a2b_base64(inner)
    if key == "$float":
        return float(inner)
    if key == "$int":
        return _integer(inner)
    if key == "$map":
        return {name: item for name, item in inner}
    raise MochiError(f"{key} stands for nothing", kind="ValueError")


_decoder = json.JSONDecoder(object_hook=_untagged)


def loads(text):
    """The value of a text."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        return _loads_deep(text)


def _loads_deep(text):
    """As ``loads``, without recursion."""
    at, end = 0, len(text)
    # Each open list or map: its items, and the key that waits for its value.
    open_ones = []
    spaces = " \t\n\r,:"
    while at < end:
        char = text[at]
        if char in spaces:
            at += 1
            continue
        if char in "[{":
            open_ones.append([[] if char == "[" else {}, None])
            at += 1
            continue
        if char in "]}":
            value = open_ones.pop()[0]
            value = _untagged(value) if char == "}" else value
            at += 1
        else:
            value, at = _scan(text, at)
        if not open_ones:
            return value
        top = open_ones[-1]
        if isinstance(top[0], list):
            top[0].append(value)
        elif top[1] is None:
            top[1] = (value,)
        else:
            top[0][top[1][0]] = value
            top[1] = None
    raise MochiError("the text of a value is cut off", kind="ValueError")
