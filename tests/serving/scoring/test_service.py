"""The scorer's judge: what is taken up at one moment from two sides."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from serving.scoring.judge import Missing

if TYPE_CHECKING:
    from serving.scoring.judge import Judge
    from tests.serving.conftest import Service

PATIENCE_S = 10.0


def test_changes_of_the_judge_at_one_moment_both_stay(service: Service) -> None:
    scorer = service.runtime.scorer
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(judge: Judge) -> Judge:
        has_begun.set()
        may_end.wait(PATIENCE_S)
        return replace(judge, missing=(*judge.missing, Missing("slow", "", "")))

    def quick(judge: Judge) -> Judge:
        return replace(judge, missing=(*judge.missing, Missing("quick", "", "")))

    threads = [threading.Thread(target=scorer.change_judge, args=(slow,))]
    threads[0].start()
    assert has_begun.wait(PATIENCE_S)
    threads.append(threading.Thread(target=scorer.change_judge, args=(quick,)))
    threads[1].start()
    threads[1].join(0.1)
    may_end.set()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert [part.part for part in scorer.judge.missing][-2:] == ["slow", "quick"]
