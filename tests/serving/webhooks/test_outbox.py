"""What endpoints want, looked up from two sides at one moment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from tests.serving.webhooks.conftest import Desk

PATIENCE_S = 60.0


def test_a_look_that_began_before_an_endpoint_was_made_does_not_hide_it(desk: Desk) -> None:
    wanted = desk.service.wanted
    has_read, may_end = threading.Event(), threading.Event()

    def slow(*_: Any) -> None:
        if threading.current_thread().name == "early":
            has_read.set()
            may_end.wait(PATIENCE_S)

    event.listen(desk.engine, "after_cursor_execute", slow)
    early = threading.Thread(target=wanted.refresh, name="early")
    early.start()
    assert has_read.wait(PATIENCE_S)
    late = threading.Thread(target=desk.endpoint, name="late")
    late.start()
    late.join(0.5)
    may_end.set()
    for thread in (early, late):
        thread.join(PATIENCE_S)

    assert wanted.types == {"order.decided"}
