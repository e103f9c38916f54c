"""A service with geocoders at a replaying server, and orders whose addresses are not sure."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, Service
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/v1/addresses/reviews"
TIE = "朝阳区建国路88号3号楼501室"
"""Beijing has a 朝阳区, and so has Changchun."""
SAME = "朝阳区 建国路88号 3栋 602"
NO_COUNTY = "杭州文三路398号2号楼301室"
SURE = "浙江省杭州市西湖区文三路398号"


class Desk(Service):
    """A service under test whose addresses are worked off by hand."""

    def send(self, order_id: str, line: str, **changes: Any) -> str:
        """Score an order to an address; gives its key."""
        address = {"country": "CN", "line": line, "masked": False, **changes.pop("address", {})}
        document = order(order_id, shipping_address=address, **changes)
        answer = self.score(document)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["order_key"])

    def work(self) -> None:
        """Let the background work on addresses happen, all that is due."""
        while self.runtime.addresses.updates.work():
            pass

    def open(self) -> list[dict[str, Any]]:
        """Give the open cases."""
        found: list[dict[str, Any]] = self.call("GET", PATH).json()["items"]
        return found

    def case(self, order_key: str, state: str = "open") -> dict[str, Any]:
        """Give the case of an order."""
        items = self.call("GET", PATH, params={"state": state}).json()["items"]
        return next(item for item in items if item["order_key"] == order_key)

    def choose(self, case: dict[str, Any], choice: int, **extra: Any) -> Any:
        """Choose."""
        body = {"choice": choice} | extra.pop("body", {})
        return self.call("POST", f"{PATH}/{case['case_id']}/choose", json=body, **extra)

    def order(self, order_key: str) -> dict[str, Any]:
        """Give what is kept of an order."""
        found: dict[str, Any] = self.call("GET", f"/v1/orders/{order_key}").json()
        return found


@contextmanager
def opened(folder: Path, store: Path, *, has_jobs: bool = False, **settings: Any) -> Iterator[Desk]:
    """Open a service; the work on addresses is done by hand unless it has jobs."""
    clock = Clock()
    if not (folder / "orderintel.db").exists():
        shutil.copy(store, folder / "orderintel.db")
    chosen = Settings.model_validate({"home": folder, "log_level": "WARNING", **settings})
    runtime = open_runtime(chosen, clock=clock)
    keys = {role: runtime.keys.create(role, role) for role in ("score", "review", "admin")}
    app = create_app(chosen, clock=clock, runtime=runtime, has_jobs=has_jobs)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield Desk(client, runtime, clock, keys)
