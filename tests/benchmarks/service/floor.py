"""A FastAPI route that only validates an order and answers a constant: the least there is to do."""

from __future__ import annotations

from fastapi import FastAPI

from features.document import OrderDocument  # noqa: TC001 FastAPI reads the annotation

app = FastAPI()


@app.post("/v1/orders/score")
async def accept(_order: OrderDocument) -> dict[str, str]:
    """Validate, as FastAPI does by itself."""
    return {"action": "release"}
