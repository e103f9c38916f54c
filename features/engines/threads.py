"""Tasks on the threads of this machine, their results in sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    T = TypeVar("T")


def one_ahead(items: Iterable[T]) -> Generator[T]:
    """Give the items of an iterable while the next one is made in a thread of its own.

    Examples
    --------
    >>> list(one_ahead(range(3)))
    [0, 1, 2]
    """
    from concurrent.futures import ThreadPoolExecutor

    nothing = object()
    source = iter(items)
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, source, nothing)
        while (item := coming.result()) is not nothing:
            coming = maker.submit(next, source, nothing)
            yield item  # type: ignore[misc]  # not `nothing`


def in_sequence(tasks: Iterable[Callable[[], T]], jobs: int) -> Generator[T]:
    """Run tasks, some of them ahead, and give their results in the sequence of the tasks.

    Parameters
    ----------
    tasks
        Made as they are needed. Compiled code and Arrow let go of the interpreter while they run.
    jobs
        Threads; -1 for one a core.

    Yields
    ------
    T
        The result of each task. Whoever stops early closes the generator, and it waits for the
        tasks that run.

    Examples
    --------
    >>> list(in_sequence([lambda: 1, lambda: 2], jobs=2))
    [1, 2]
    """
    from joblib import Parallel, delayed

    stopped = False

    def work() -> Iterator[Any]:
        for task in tasks:
            if stopped:
                return
            yield delayed(task)()

    results = Parallel(
        n_jobs=jobs, backend="threading", batch_size=1, pre_dispatch="2*n_jobs",
        return_as="generator",
    )(work())  # fmt: skip
    try:
        for result in results:  # noqa: UP028 `yield from` would close them too early
            yield result
    finally:
        stopped = True
        for _ in results:  # joblib complains of results that nobody takes
            pass
