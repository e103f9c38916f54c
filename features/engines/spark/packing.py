"""Tables as single values: rows that are written and read together travel as one.

Spark moves rows one by one, each value of each on its own. What one task computed for one block of
the output is one row instead, with one binary value in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from features.engines.spill import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PIECES: Final = pa.schema(
    [pa.field("block", pa.int32()), pa.field("entity", pa.int32()), pa.field("packed", pa.binary())]
)
"""Answers about one entity for the orders of one block of the output."""

BLOCKS: Final = pa.schema([pa.field("block", pa.int32()), pa.field("packed", pa.binary())])
"""Rows of the output."""

_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")


def packed(table: pa.Table) -> bytes:
    """Pack a table into one value.

    Examples
    --------
    >>> unpacked(packed(pa.table({"n": [1, 2]})))["n"].to_pylist()
    [1, 2]
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def unpacked(content: bytes) -> pa.Table:
    """Give the table that was packed."""
    return pa.ipc.open_stream(content).read_all()


def pieces(entity: int, answers: pa.Table, begin: int) -> Iterator[pa.RecordBatch]:
    """Cut the answers of one entity where the blocks of the output begin, and pack each.

    Parameters
    ----------
    entity
        Its number.
    answers
        The number of each order in ``n``, in any sequence, and columns of any names.
    begin
        Number of the first order of the output.

    Yields
    ------
    RecordBatch
        One row, as `PIECES` has it.

    Examples
    --------
    >>> answers = pa.table({"n": [40_000, 3], "sum": [9.0, 1.0]})
    >>> [row["block"][0].as_py() for row in pieces(0, answers, 0)]
    [0, 1]
    """
    block = (answers["n"].to_numpy() - begin) // BLOCK
    in_turn: NDArray[np.int64] = np.argsort(block, kind="stable")
    answers = answers.take(pa.array(in_turn))
    numbers, starts, lengths = np.unique(block[in_turn], return_index=True, return_counts=True)
    for number, start, length in zip(numbers, starts, lengths, strict=True):
        content = packed(answers.slice(start, length))
        yield pa.record_batch([[number], [entity], [content]], schema=PIECES)
