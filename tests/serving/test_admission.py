"""The line of orders: one at a time, in their sequence, and never longer than it is worth."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from serving.admission import REMEMBERED, Line
from tests.serving.orders import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


def test_turns_come_in_the_sequence_of_coming_and_never_two_at_once() -> None:
    line, done, inside = Line(), [], []

    async def work(number: int) -> None:
        async with line.turn():
            inside.append(number)
            await asyncio.sleep(0)
            done.append((number, len(inside)))
            inside.clear()

    async def all_at_once() -> None:
        await asyncio.gather(*(work(number) for number in range(20)))

    asyncio.run(all_at_once())

    assert done == [(number, 1) for number in range(20)]


def test_the_loop_comes_round_between_two_turns() -> None:
    line, seen = Line(), []

    async def work(name: str) -> None:
        async with line.turn():
            seen.append(name)

    async def look() -> None:
        for _ in range(3):
            seen.append("loop")
            await asyncio.sleep(0)

    async def together() -> None:
        await asyncio.gather(work("first"), work("second"), work("third"), look())

    asyncio.run(together())

    assert seen.index("loop") < seen.index("second")


@pytest.mark.parametrize(("n_waiting", "expected"), [(0, False), (5, False), (6, True), (9, True)])
def test_the_line_is_full_when_its_end_would_wait_too_long(n_waiting: int, expected: bool) -> None:
    async def found() -> bool:
        line = Line(longest_s=0.05)
        async with line.turn():
            tasks = [asyncio.create_task(wait(line)) for _ in range(n_waiting)]
            await asyncio.sleep(0)
            line.turns_s.extend([0.01] * REMEMBERED)
            is_full = line.is_full
        await asyncio.gather(*tasks)
        return is_full

    async def wait(line: Line) -> None:
        async with line.turn():
            pass

    assert asyncio.run(found()) is expected


def test_one_slow_turn_turns_nobody_away() -> None:
    async def found() -> bool:
        line = Line(longest_s=0.05)
        line.turns_s.append(5.0)  # what the first decision of a process may take
        async with line.turn():
            waiting = asyncio.create_task(wait(line))
            await asyncio.sleep(0)
            is_full = line.is_full
        await waiting
        return is_full

    async def wait(line: Line) -> None:
        async with line.turn():
            pass

    assert not asyncio.run(found())


def test_what_the_loop_does_between_two_turns_counts() -> None:
    async def found() -> float:
        line = Line()

        async def work() -> None:
            async with line.turn():
                pass

        async with line.turn():
            waiting = asyncio.create_task(work())
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(time.sleep, 0.02)  # such as turning others away
        await waiting
        return line.turns_s[-2]

    assert asyncio.run(found()) >= 0.02


def test_whoever_leaves_the_line_is_passed_over() -> None:
    async def found() -> list[str]:
        line, served = Line(), []

        async def work(name: str) -> None:
            async with line.turn():
                served.append(name)

        async with line.turn():
            leaving, staying = (asyncio.create_task(work(name)) for name in ("leaves", "stays"))
            await asyncio.sleep(0)
            leaving.cancel()
        await asyncio.wait_for(staying, 1)
        async with asyncio.timeout(1):
            await work("later")
        return served

    assert asyncio.run(found()) == ["stays", "later"]


def test_a_turn_that_fails_is_passed_on() -> None:
    async def found() -> bool:
        line = Line()
        with pytest.raises(ValueError, match="fails"):
            async with line.turn():
                raise ValueError("fails")
        async with asyncio.timeout(1), line.turn():
            return True

    assert asyncio.run(found())


def fill(line: Line) -> None:
    """Make a line look as if nobody more could be let in."""
    line.longest_s = -1.0


@pytest.mark.parametrize("path", ["/v1/orders/score", "/v1/orders/score/batch", "/v1/outcomes"])
def test_whoever_comes_to_a_full_line_is_told_when_to_come_back(
    service: Service, path: str
) -> None:
    fill(service.runtime.line)

    answer = service.call("POST", path, content=b"not even read")

    assert answer.status_code == 503
    assert answer.json()["code"] == "overloaded"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_full_line_keeps_nobody_from_looking(service: Service) -> None:
    fill(service.runtime.line)

    assert service.call("GET", "/livez").status_code == 200
    assert service.call("GET", "/v1/models").status_code == 200


def test_turns_are_timed(service: Service) -> None:
    before = time.perf_counter()
    service.score(order())

    assert 0 < service.runtime.line.turns_s[-1] <= time.perf_counter() - before
