"""What calls the host through the bridge."""

import asyncio
import inspect

from demo.bridge import Everything, Point, Shape, distance, echo_everything, fetch, log, pause
from mochi_runtime import MochiError

VALUE = Everything(
    flag=True,
    count=-(2**200),
    ratio=2,
    text="é\0\U0001f40d",
    data=b"\0\xff",
    rows=[[1, 2**70], []],
    named={"$a": [b""], "": []},
    last_point=Point(0.5),
    points=[None, Point(1, -0.0)],
)


def measured():
    return distance(Point(1), Point(2.5, 3), "m")


def echoed():
    back = echo_everything(VALUE, (VALUE,))
    assert back == VALUE, back
    kinds = [back, back.ratio, back.last_point, back.points[1].x]
    return [kind.__class__.__name__ for kind in kinds]


async def fetched():
    assert await pause(0) is None
    first, second = await asyncio.gather(fetch("a"), fetch("b", 3))
    return [first, second]


def told():
    return log("a line")


def refused(code):
    """The error of an expression."""
    try:
        result = eval(code)
        if inspect.isawaitable(result):
            asyncio.run(result)
    except MochiError as error:
        return [error.kind, str(error)]
    return None
