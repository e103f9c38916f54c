"""The batch engine's answers on disk: features of a history written in bounded memory.

Answers come bucket by bucket, each for orders from all over the history. They are cut where the
blocks of the output begin and put aside, packed; when all are there, each block is put together
from its pieces and written as one row group. Columns that several entities look at are put aside
too. Everything lies in one folder beside the output, which appears whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.engines import kernel
from features.engines.buckets import ROWS, answered, asked_together
from features.engines.links import link_features
from features.engines.memory import give_back
from features.engines.results import keys_of, merging, plain_features
from features.engines.source import Source
from features.engines.threads import in_sequence
from features.processes import is_running
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from numpy.typing import NDArray

    from features.catalogue import Feature
    from features.engines.buckets import Answers
    from features.history import History
    from features.windows import Measure

    Ints = NDArray[np.int64]
    _Links = dict[str, NDArray[np.float64]]

BLOCK: Final = 1 << 15
"""Orders in one row group of the output."""

_PLACE: Final = np.dtype(np.int32).itemsize
_CLOCKS: Final = ("order_key", "placed_at", "received_at")


def write(
    history: History,
    features: Sequence[Feature],
    path: Path,
    *,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    label_delay: timedelta | None = None,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = -1,
    rows: int = ROWS,
) -> int:
    """Write the values that `compute` gives to Parquet, without ever holding them all.

    Parameters
    ----------
    history, features, placed_from, placed_to, label_delay
        As in `compute`.
    path
        The file; it is replaced in one step, and is as it was when anything fails.
    progress
        Called with how many steps are done and how many there are.
    jobs
        Threads; -1 for one a core.
    rows
        Rows that are worked on at once.

    Returns
    -------
    int
        Orders written. The columns are ``order_key``, ``placed_at``, ``received_at`` and the
        features; what is not known is missing.
    """
    with beside(path) as folder:
        delay_us = 0 if label_delay is None else label_delay // MICROSECOND
        source = Source(history, label_delay_us=delay_us, store=_Columns(folder))
        begin, end = source.span(placed_from, placed_to)
        measures = [f.measure for f in features if f.measure is not None]
        bounds = np.append(np.arange(begin, end, BLOCK), end)
        n_groups, n_blocks = len(asked_together(measures)), len(bounds) - 1

        def told(done: int) -> None:
            if progress is not None:
                progress(done, n_groups + n_blocks)

        with _Pieces(folder / "answers", bounds) as pieces:
            with closing(
                answered(
                    source,
                    measures,
                    (begin, end),
                    pieces.packed,
                    jobs=jobs,
                    rows=rows,
                    progress=lambda done, _: told(done),
                )
            ) as found:
                for packed in found:
                    pieces.add(packed)
            give_back()
            links = link_features(source, features, begin, end)
            give_back()
            with (
                closing(_blocks(source, features, pieces, links, jobs)) as tables,
                parquet_writer(folder / "whole", features) as file,
            ):
                for number, table in enumerate(tables):
                    file.write_table(table, row_group_size=BLOCK)
                    told(n_groups + number + 1)
        (folder / "whole").replace(path)
    return end - begin


def _blocks(
    source: Source, features: Sequence[Feature], pieces: _Pieces, links: _Links, jobs: int
) -> Generator[pa.Table]:
    """Put the blocks of the output together, some at a time."""
    refers = any(f.kind == "reference" for f in features)
    # From pieces, rows are only taken after all of them have been joined, for every block anew;
    # and joined they may be longer than a plain column of texts.
    order_keys = pa.array([], pa.large_string())
    if refers:
        order_keys = source.column("order_key").cast(pa.large_string()).combine_chunks()

    def block(number: int) -> pa.Table:
        begin, end = (int(bound) for bound in pieces.bounds[number : number + 2])
        clocks = source.history.rows("orders", _CLOCKS, begin, end)
        plain = [f for f in features if f.function is not None]
        found: dict[str, Any] = {name: clocks[name] for name in _CLOCKS}
        found |= plain_features(source, plain, begin, end) | pieces.values(number, features)
        first = int(pieces.bounds[0])
        found |= {name: values[begin - first : end - first] for name, values in links.items()}
        for feature in features:
            if feature.kind == "reference":
                found[feature.name] = keys_of(order_keys, found[feature.name])
        schema = schema_of(features)
        return pa.table([_array(found[f.name], f.type) for f in schema], schema=schema)

    numbers = range(len(pieces.bounds) - 1)
    return in_sequence((partial(block, number) for number in numbers), jobs)


def parquet_writer(path: Path, features: Sequence[Feature]) -> pq.ParquetWriter:
    """Open a file of features; numbers differ too much for a dictionary to be worth its time."""
    schema = schema_of(features)
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=texts)


def schema_of(features: Sequence[Feature]) -> pa.Schema:
    """Give the columns of a file of features."""
    clock = pa.timestamp("us", tz="UTC")
    fields = [pa.field("order_key", pa.string())]
    fields += [pa.field(name, clock) for name in _CLOCKS[1:]]
    for feature in features:
        fields.append(
            pa.field(feature.name, pa.float64() if feature.kind == "number" else pa.string())
        )
    return pa.schema(fields)


def _array(values: Any, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    """Turn values into an Arrow column; NaN and None are missing."""
    if isinstance(values, pa.ChunkedArray | pa.Array):
        return values.cast(kind)
    return pa.array(values, kind, from_pandas=True)


class _Piece(NamedTuple):
    """Where the answers of some measures for orders of one block lie.

    The places of the orders within the block come first, then the values of each measure.
    """

    block: int
    measures: Sequence[Measure]
    n_orders: int
    packed: int


class _Pieces:
    """Answers in a file, found again by the block of the output that they belong to."""

    def __init__(self, path: Path, bounds: Ints) -> None:
        self.bounds = bounds
        self._by_block: list[list[tuple[int, _Piece]]] = [[] for _ in bounds[1:]]
        self._path = path
        self._offset = 0

    def __enter__(self) -> _Pieces:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def packed(self, answers: Answers) -> list[tuple[_Piece, bytes]]:
        """Cut answers by block and pack them."""
        at = answers.order - np.int32(self.bounds[0])
        by_block, start = kernel.by_key(at // BLOCK, len(self.bounds) - 1)
        at = kernel.take(at, by_block) % BLOCK
        values = kernel.take_all(answers.values, by_block)
        found = []
        for block in np.flatnonzero(np.diff(start)).tolist():
            mine = slice(start[block], start[block + 1])
            raw = at[mine].tobytes() + values[:, mine].tobytes()
            packed = pa.compress(raw, "lz4", asbytes=True)
            n = int(start[block + 1] - start[block])
            found.append((_Piece(block, answers.measures, n, len(packed)), packed))
        return found

    def add(self, pieces: Sequence[tuple[_Piece, bytes]]) -> None:
        """Put pieces aside."""
        for piece, packed in pieces:
            os.pwrite(self._file, packed, self._offset)
            self._by_block[piece.block].append((self._offset, piece))
            self._offset += piece.packed

    def values(self, block: int, features: Sequence[Feature]) -> dict[str, NDArray[np.float64]]:
        """Put together the columns of a block."""
        n = int(self.bounds[block + 1] - self.bounds[block])
        column = {f.name: i for i, f in enumerate(f for f in features if f.measure is not None)}
        result = np.full((len(column), n), np.nan)
        # A long history has many small pieces of the same measures, so one call fills all of them.
        layouts: dict[int, tuple[NDArray[np.intp], NDArray[np.int8]]] = {}
        for offset, piece in self._by_block[block]:
            width, size = len(piece.measures), piece.n_orders
            packed = os.pread(self._file, piece.packed, offset)
            raw = pa.decompress(packed, size * (_PLACE + 8 * width), "lz4")
            at = np.frombuffer(raw, np.int32, size)
            numbers = np.frombuffer(raw, np.float64, offset=size * _PLACE).reshape(width, size)
            if id(piece.measures) not in layouts:
                which = np.array([column[measure.name] for measure in piece.measures])
                layouts[id(piece.measures)] = which, merging(piece.measures)
            kernel.fill(result, *layouts[id(piece.measures)], at, numbers)
        return {name: result[i] for name, i in column.items()}


class _Columns:
    """Keeps columns in files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str, make: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
        """Give the array of a name, made when it is asked for the first time."""
        path = self._folder / f"{name}.npy"
        if not path.exists():
            np.save(path, make())
        array: NDArray[np.generic] = np.load(path)
        return array


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Make a folder beside a file for as long as it is written.

    A writer that was killed could not remove its own; the next one does.
    """
    path = path.absolute()
    for left in path.parent.glob(f".{path.name}.*.spill"):
        if not is_running(int(left.name.split(".")[-2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = path.with_name(f".{path.name}.{os.getpid()}.spill")
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
