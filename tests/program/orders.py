"""The Python half of a program: it checks orders, shows them, and asks for prices over HTTP."""

from mochi_runtime import call_host


def checked(order):
    """An order as pydantic understands it."""
    from pydantic import BaseModel, Field

    class Item(BaseModel):
        name: str
        count: int = Field(gt=0)
        price: float

    class Order(BaseModel):
        customer: str
        items: list[Item]

    return Order.model_validate(order).model_dump()


def shown(order):
    """An order as a table; what a number looks like is the program's business."""
    from rich.console import Console
    from rich.table import Table

    table = Table("item", "price")
    for item in order["items"]:
        table.add_row(item["name"], call_host("money", item["count"] * item["price"]))
    console = Console(width=40, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


async def price(name):
    """A price, asked for by HTTP; the program is the server."""
    import httpx

    def answer(request):
        return httpx.Response(200, json=call_host("price", request.url.params["name"]))

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport) as client:
        reply = await client.get("https://shop.example/price", params={"name": name})
        return reply.raise_for_status().json()
