from __future__ import annotations

import threading

from serving.explanations.worker import ExplanationWorker


class Work:
    """Work that fails once, then does what there is."""

    def __init__(self) -> None:
        self.left = [1, 1]
        self.calls = 0
        self.is_done = threading.Event()

    def work(self) -> int:
        self.calls += 1
        if self.calls == 1:
            raise OSError("the store is away")
        if not self.left:
            self.is_done.set()
            return 0
        return self.left.pop()


def test_a_failure_is_tried_again_until_nothing_is_left() -> None:
    work = Work()
    worker = ExplanationWorker(work)  # type: ignore[arg-type]  # all that the thread asks of it

    worker.start()

    assert work.is_done.wait(20)
    worker.stop()
    assert work.left == []
