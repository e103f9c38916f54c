"""Routes that score orders and show what is kept about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from features import order as orders
from features.document import OrderDocument
from features.errors import OrderError
from serving.access.masking import for_eyes_of
from serving.authorization import requires
from serving.errors import NotFoundError
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.runtime import Runtime, RuntimeDep
from serving.scoring import schemas
from serving.scoring.history import order_document, whole_key
from serving.security import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

LONGEST_KEY: Final = 255


class OrderKeyConvertor(Convertor[str]):
    """An order key in an address: any text, but not the names of the scoring calls."""

    regex = r"(?!score$|score/batch$).+"

    def convert(self, value: str) -> str:
        """Read the key."""
        return value

    def to_string(self, value: str) -> str:
        """Write the key."""
        return value


register_url_convertor("order_key", OrderKeyConvertor())

router = APIRouter(prefix="/v1/orders", tags=["orders"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="Gives the first answer again when the call is repeated",
    ),
]


may_score = requires("score")


def _json(body: str) -> Response:
    return Response(body, media_type="application/json")


class DirectRoute(APIRoute):
    """The route of `score_order`, which is called without FastAPI's injection.

    Injecting its four arguments takes as long as reading an order and deciding whose key it is
    together. FastAPI documents the route all the same, and answers a header that it refuses.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give what answers a request."""
        injected = super().get_route_handler()

        async def handle(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is not None and not 1 <= len(key) <= LONGEST_KEY:
                return await injected(request)
            runtime: Runtime = request.app.state.runtime
            return await score_order(request, runtime, await may_score(request), key)

        return handle


async def score_order(
    request: Request,
    runtime: RuntimeDep,
    caller: Annotated[Caller, Depends(may_score)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Score one order. The decision is stored before it is answered.

    The same order event (merchant, channel, shop, order id, revision) gets the same stored
    decision, whenever and how often it is sent.
    """
    content = await request.body()
    document = await read_body(request, OrderDocument)
    orders.check(document)

    async def work() -> str:
        async with runtime.line.turn():
            return runtime.scorer.score(document)

    return _json(await runtime.idempotency.answer(caller, idempotency_key, content, work))


router.add_api_route(
    "/score",
    score_order,
    methods=["POST"],
    operation_id="score_order",
    response_model=schemas.DecisionOut,
    responses=problems(409, 503),
    openapi_extra=documented_body(OrderDocument, {"own_shop": schemas.ORDER_EXAMPLE}),
    route_class_override=DirectRoute,
)


@router.post(
    "/score/batch",
    operation_id="score_orders",
    response_model=schemas.BatchOut,
    responses=problems(409, 503),
    openapi_extra=documented_body(
        schemas.BatchIn, {"one_order": {"orders": [schemas.ORDER_EXAMPLE]}}
    ),
)
async def score_orders(
    request: Request,
    runtime: RuntimeDep,
    caller: Annotated[Caller, Depends(may_score)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Score up to 1,000 orders, one after the other as they stand.

    An order that is not well formed refuses the whole call before any order is scored.
    """
    content = await request.body()
    batch = await read_body(request, schemas.BatchIn)
    rows = _all_rows(runtime, batch.orders)

    async def work() -> str:
        answers = []
        for document, flat in zip(batch.orders, rows, strict=True):
            async with runtime.line.turn():  # single orders of other callers go in between
                answers.append(runtime.scorer.score(document, flat))
        return f'{{"decisions":[{",".join(answers)}]}}'

    return _json(await runtime.idempotency.answer(caller, idempotency_key, content, work))


def _all_rows(runtime: Runtime, documents: list[OrderDocument]) -> list[orders.OrderRows]:
    """Flatten every order of a batch, or refuse them all with every fault."""
    rows, faults = [], []
    for index, document in enumerate(documents):
        try:
            orders.check(document)
            rows.append(runtime.scorer.rows(document))
        except OrderError as error:
            faults += [(f"/orders/{index}{place}", mend) for place, mend in error.problems]
    if faults:
        raise OrderError(faults)
    return rows


@router.get(
    "/{order_key:order_key}",
    operation_id="get_order",
    response_model=schemas.OrderOut,
    responses=problems(404),
)
async def get_order(
    order_key: str, runtime: RuntimeDep, caller: Annotated[Caller, Depends(requires("read"))]
) -> dict[str, Any]:
    """Show an order: as received, its decisions, features, linked orders and timeline.

    ``order_key`` is ``merchant/channel/shop/order_id`` as the decision gave it.
    """
    found = order_document(
        runtime.scorer.store,
        runtime.addresses.store,
        runtime.explanations.store,
        whole_key(order_key),
    )
    if found is None:
        raise NotFoundError(f"no order {order_key!r} was scored here")
    personal = runtime.personal.shown(found["order_key"])
    return for_eyes_of(caller, found | {"personal": personal})
