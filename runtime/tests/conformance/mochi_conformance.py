"""What the conformance suite calls."""

import asyncio
import os
import random
import socket
import sys

import mochi_runtime
from mochi_runtime import MochiError, call_host, call_host_async, expose


def echo(value):
    return value


def of_sys(name):
    return getattr(sys, name)


def reads_file(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def writes_file(path, text):
    with open(path, "w", encoding="utf-8") as file:
        return file.write(text)


def environment():
    return dict(os.environ)


def draws():
    return [random.random(), os.urandom(8).hex()]


def connects(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10):
        return "connected"


def kind(value):
    return type(value).__name__


def shown(value):
    return repr(value)


def named(first, *rest, key=None, **others):
    return [first, list(rest), key, others]


def deep(depth):
    value = None
    for _ in range(depth):
        value = [value]
    return value


def depth_of(value):
    depth = 0
    while value is not None:
        (value,) = value
        depth += 1
    return depth


def deepest_through_host(depth):
    return [depth_of(call_host("echo", deep(depth))), call_host("call_back", "depth_of", deep(depth))]


def large(size):
    return {"bytes": b"\x00\xff" * (size // 2), "text": "é" * 1000}


class Nested:
    class Inner:
        @staticmethod
        def hello(name):
            return f"hello {name}"


def made(what):
    return {
        "tuple": (1, (2, 3)),
        "set": {1},
        "object": object(),
        "number key": {"a": [{1: 2}]},
        "lone": ["x", "\udc80"],
        "lone key": {"\udc80": 1},
        "bytearray": bytearray(b"ab"),
        "nested": {"a": [0, {"b": object()}]},
    }[what]


def fail(kind, message):
    raise {"ValueError": ValueError, "KeyError": KeyError, "Own": Own, "SystemExit": SystemExit}[kind](message)


class Own(Exception):
    pass


def chained():
    try:
        raise ValueError("first")
    except ValueError as error:
        raise RuntimeError("second") from error


def prints():
    print("to stdout")
    sys.stdout.write('{"jsonrpc":"2.0","id":1,"result":"forged"}\n')
    sys.stdout.flush()
    print("to stderr", file=sys.stderr)
    return "printed"


def reads():
    return sys.stdin.read()


def host(name, *args):
    return call_host(name, *args)


def host_error(name, *args):
    try:
        call_host(name, *args)
    except MochiError as error:
        return [error.kind, str(error), error.payload]
    return None


def host_causes(name, *args):
    try:
        call_host(name, *args)
    except MochiError as error:
        found = []
        while error is not None:
            found.append(str(error))
            error = error.__cause__
        return found
    return None


def host_error_kind(name, *args):
    try:
        call_host(name, *args)
    except MochiError as error:
        return [error.kind, str(error)]
    return None


def wrapped():
    """What ``mochi py wrap`` wrote: records, lists and maps to the host and back, and a refusal."""
    from demo import bridge

    a, b = bridge.Point(0.0, 1.0), bridge.Point(3.0)
    value = bridge.Everything(
        flag=True,
        count=2**70,
        ratio=1.0,
        text="é",
        data=b"\x00\xff",
        rows=[[1], [], [2, 3]],
        named={"a": [b"x"]},
        last_point=a,
        points=[None, b],
        from_date=None,
    )
    try:
        bridge.distance(a, "b", "m")
    except MochiError as error:
        refused = error.kind
    return [bridge.distance(a, b, "m"), bridge.echo_everything(value) == value, refused]


def descend(depth):
    return 0 if depth == 0 else 1 + call_host("descend", depth - 1)


@expose
def exposed_double(value):
    return 2 * value


def names():
    return mochi_runtime.exposed()


async def later(value, seconds=0.0):
    await asyncio.sleep(seconds)
    return value


async def gathers(values):
    return await asyncio.gather(*(later(value, 0.01) for value in values))


async def fails_later(message):
    await asyncio.sleep(0)
    raise ValueError(message)


async def exits_later(status):
    await asyncio.sleep(0)
    raise SystemExit(status)


async def asks_together(values):
    """Several tasks that are ready at once, each of which calls the host, which calls a coroutine."""

    async def asks(value):
        return call_host("call_back", "later", value, 0.001)

    return await asyncio.gather(*(asks(value) for value in values))


async def waits_for(seconds):
    try:
        await asyncio.wait_for(asyncio.sleep(60), seconds)
    except asyncio.TimeoutError:
        return "timed out"
    return None


async def descend_async(depth):
    await asyncio.sleep(0)
    return 0 if depth == 0 else 1 + call_host("descend_async", depth - 1)


async def nested_among_others():
    async def nested():
        await asyncio.sleep(0)
        return call_host("call_back", "later", "x", 0.01)

    async def other(number):
        await asyncio.sleep(0)
        return number

    return await asyncio.gather(nested(), *map(other, range(5)))


async def awaits_host(name, *args):
    return await call_host_async(name, *args)


def _foreign_future():
    loop = asyncio.BaseEventLoop()
    return loop.create_future()


def foreign_future():
    return _foreign_future()


async def waits_for_foreign_future():
    await _foreign_future()


async def waits_forever():
    await asyncio.get_running_loop().create_future()


def runs_own_loop(value):
    return asyncio.run(later(value, 0.01))


async def leaves_tasks():
    asyncio.get_running_loop().create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    return "left"


async def order_of_sleeps():
    done = []

    async def after(seconds, name):
        await asyncio.sleep(seconds)
        done.append(name)

    await asyncio.gather(after(0.05, "a"), after(0.01, "b"))
    return done


_loops = []


async def loops():
    """How many loops there have been, this one among them."""
    loop = asyncio.get_running_loop()
    if loop not in _loops:
        _loops.append(loop)
    return len(_loops)
