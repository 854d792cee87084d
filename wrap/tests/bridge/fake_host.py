"""The golden wrapper with a `mochi_runtime` that is nothing but this: run in the package's folder."""

import asyncio
import dataclasses
import sys
import types
import typing

calls = []
exposed = {}
answers = {}


class MochiError(Exception):
    def __init__(self, message, kind="MochiError", payload=None):
        super().__init__(message)
        self.kind = kind


def call_host(name, *args):
    calls.append((name, args))
    return answers[name]


async def call_host_async(name, *args):
    await asyncio.sleep(0)
    return call_host(name, *args)


def expose(function):
    exposed[function.__name__] = function
    return function


fake = types.ModuleType("mochi_runtime")
fake.__dict__.update(
    MochiError=MochiError, call_host=call_host, call_host_async=call_host_async, expose=expose
)
sys.modules["mochi_runtime"] = fake
checks = 0


def check(found, due):
    global checks
    checks += 1
    assert found == due, f"{found!r} is not {due!r}"


from demo import bridge  # noqa: E402

check("demo.geometry" in sys.modules, False)
check(sorted(exposed), ["area", "describeShape", "match", "reset"])
check(sorted(bridge.__all__), sorted(set(bridge.__all__) & set(vars(bridge))))
# Annotations are types, for whoever asks.
hints = typing.get_type_hints(bridge.Everything)
check(hints["last_point"], typing.Optional[bridge.Point])
check(typing.get_type_hints(bridge.fetch)["return"], dict[str, bytes])

answers.update(distance=2, fetch={"a": bytearray(b"b")}, pause=None)
result = bridge.distance(bridge.Point(1), bridge.Point(2.0, 3), "m")
check((result, type(result)), (2.0, float))
check(calls.pop(), ("distance", ({"x": 1.0, "y": None}, {"x": 2.0, "y": 3.0}, "m")))
check(asyncio.run(bridge.fetch("u")), {"a": b"b"})
check(asyncio.run(exposed["match"](True, b"x"))[0]["data"], b"x")

point = bridge.Point(1)
check((point == bridge.Point(1), point == bridge.Point(2)), (True, False))
check(repr(point), "Point(x=1, y=None)")
check(len({point, bridge.Point(1)}), 1)
try:
    point.x = 2
except dataclasses.FrozenInstanceError:
    checks += 1
try:
    bridge._function("demo.geometry", "Shapes.missing")
except MochiError as error:
    check((error.kind, str(error)), ("NoFunction", "'demo.geometry' has no 'Shapes.missing'"))

print(f"{checks} checks")
