"""What each route asks for. A new route needs a line here, or the matrix fails."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from serving.app import ROUTERS

OPEN: Final = "open"
"""Answers without any key."""
ANY: Final = "any"
"""Answers every valid key, or whoever is logged in."""

CALLS: Final[dict[str, str]] = {
    "GET /livez": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": ANY,
    "GET /v1/models": ANY,
    "POST /v1/orders/score": "score",
    "POST /v1/orders/score/batch": "score",
    "POST /v1/orders/search": "review",
    "GET /v1/orders/{order_key}": "read",
    "POST /v1/orders/{order_key}/reveal": "reveal",
    "POST /v1/outcomes": "score",
    "GET /v1/audit": "audit",
    "GET /v1/reviews": "read",
    "POST /v1/reviews/{review_id}/claim": "review",
    "POST /v1/reviews/{review_id}/decide": "review",
    "POST /v1/reviews/{review_id}/undo": "review",
    "POST /v1/reviews/{review_id}/snooze": "review",
    "POST /v1/reviews/{review_id}/note": "review",
    "POST /v1/addresses/enhance": "score",
    "GET /v1/addresses/reviews": "personal",
    "POST /v1/addresses/reviews/{case_id}/choose": "review",
    "POST /v1/addresses/reviews/{case_id}/undo": "review",
    "POST /v1/tickets/priority": "score",
    "POST /v1/tickets/corrections": "review",
    "GET /v1/forecasts/demand": "plan",
    "GET /v1/forecasts/hot": "plan",
    "GET /v1/forecasts/overload": "plan",
    "POST /v1/routes/options": "score",
    "GET /v1/delivery/health": "plan",
    "GET /v1/delivery/rates": "plan",
    "GET /v1/delivery/alerts": "plan",
    "GET /v1/delivery/advice": "plan",
    "GET /v1/rules": "read",
    "PUT /v1/rules": "rules",
    "POST /v1/rules/check": "read",
    "POST /v1/rules/backtest": "read",
    "GET /v1/rules/versions": "read",
    "GET /v1/rules/versions/{number}": "read",
    "GET /v1/rules/fields": "read",
    "GET /v1/rules/packs": "read",
    "GET /v1/retrainings": "read",
    "GET /v1/retrainings/{period}": "read",
    "GET /v1/policy": "read",
    "GET /v1/policy/exploration": "read",
    "GET /v1/rescorings": "read",
    "GET /v1/webhooks": "admin",
    "POST /v1/webhooks": "admin",
    "GET /v1/webhooks/{endpoint_id}": "admin",
    "PATCH /v1/webhooks/{endpoint_id}": "admin",
    "DELETE /v1/webhooks/{endpoint_id}": "admin",
    "POST /v1/webhooks/{endpoint_id}/secret": "admin",
    "GET /v1/webhooks/{endpoint_id}/messages": "admin",
    "POST /v1/webhooks/{endpoint_id}/replay": "admin",
}
"""Call of the API to the scope that it asks of a key."""

PAGES: Final[dict[str, str]] = {
    "GET /": OPEN,
    "GET /docs": OPEN,
    "GET /console/login": OPEN,
    "POST /console/login": OPEN,
    "GET /console/static/{name}": OPEN,
    "POST /console/logout": ANY,
    "GET /console": "read",
    "GET /console/queue": "read",
    "GET /console/orders/{order_key}": "read",
    "GET /console/catalogue": "read",
    "POST /console/reviews/{review_id}/decide": "review",
    "POST /console/reviews/{review_id}/undo": "review",
    "POST /console/reveal": "reveal",
    "GET /console/audit": "audit",
    "GET /console/users": "admin",
    "POST /console/users": "admin",
    "POST /console/users/{act}": "admin",
    "GET /console/rules": "read",
    "GET /console/rules/edit": "read",
    "POST /console/rules/check": "read",
    "POST /console/rules/backtest": "read",
    "POST /console/rules/compare": "read",
    "POST /console/rules/save": "rules",
    "GET /console/delivery": "plan",
    "GET /console/webhooks": "admin",
    "POST /console/webhooks": "admin",
    "GET /console/webhooks/{endpoint_id}": "admin",
    "POST /console/webhooks/{endpoint_id}/{act}": "admin",
    "GET /console/retraining": "read",
    "GET /console/retraining/{period}": "read",
    "GET /console/addresses": "personal",
    "GET /console/addresses/desk": "personal",
    "POST /console/addresses/{case_id}/choose": "review",
    "POST /console/addresses/{case_id}/undo": "review",
}
"""Page, or call of a page's script, to the scope that it asks of whoever is logged in."""


def routes() -> set[str]:
    """List every route of the app, as ``METHOD /path/{parameter}``."""
    return {
        f"{method} {_plain(route.path)}"
        for module in ROUTERS
        for route in import_module(module).router.routes
        for method in route.methods
    }


def _plain(path: str) -> str:
    """Write a path without the kinds of its parameters."""
    parts = path.split("{")
    return "{".join([parts[0], *(_named(part) for part in parts[1:])])


def _named(part: str) -> str:
    inner, _, rest = part.partition("}")
    return f"{inner.partition(':')[0]}}}{rest}"
