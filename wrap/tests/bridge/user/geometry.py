"""What Mochi calls through the bridge. It imports the bridge, and the bridge it: no circle."""

import asyncio

from demo.bridge import Everything, Point, Shape, distance


def area(points):
    assert all(isinstance(point, Point) for point in points), points
    if not points:
        return {"nothing": "0"}
    return {"x": sum(point.x for point in points), "gaps": sum(point.y is None for point in points)}


class Shapes:
    @staticmethod
    def describe(shape, indent):
        assert isinstance(shape, Shape), shape
        if indent is None:
            return None
        measured = distance(shape.corners[0], shape.corners[-1], "in")
        tags = {"measured": str(measured), "indent": str(indent), **(shape.tags or {})}
        return Shape(shape.name.upper(), shape.corners[::-1], tags)


async def later(match, data):
    await asyncio.sleep(0.01)
    if not match:
        return [Everything(False, True, 1.0, "", data, [], {}, None, [])]
    return [Everything(True, 2**100, float("inf"), "é", data, [[1]], {"a": [data]}, Point(1), [None])]
