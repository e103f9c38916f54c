"""JSON lines: one object a line, nested keys joined by points, numbers kept as their own text."""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from features.errors import ImportRefusedError
from features.mapping.reading import BATCH, INCOMING, append_columns, as_utf8, cell_text, unique
from features.mapping.scope import ROW, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from features.mapping.reading import Incoming

Flat = dict[str, str | None]


def read_json_lines(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    """Read a file of JSON lines into ``incoming``.

    A file that is one list of objects is read as well. A line that is no JSON object is counted
    as malformed. With ``each``, every element of that list becomes a row, beside the keys of its
    object. Columns the mapping cannot mean stay empty.
    """
    connection.execute(f'CREATE TABLE {INCOMING} ("{ROW}" BIGINT)')
    flattener = Flattener(incoming)
    rows, done, known = flattener.rows(), 0, 0
    while placed := list(islice(rows, BATCH)):
        for index, (line, _) in enumerate(placed):
            incoming.file.place(done + index, line)
        batch = [row for _, row in placed]
        names = list(flattener.names)
        for name in names[known:]:
            connection.execute(f"ALTER TABLE {INCOMING} ADD COLUMN {quoted(name)} VARCHAR")
        known = len(names)
        header = [name for name in names if flattener.names[name]]
        append_columns(connection, header, [[r.get(n) for r in batch] for n in header], done)
        done += len(batch)


class Flattener:
    """Turns the objects of one file into flat rows, and remembers every key it met.

    Parameters
    ----------
    incoming
        The file.
    """

    def __init__(self, incoming: Incoming) -> None:
        self.names: dict[str, bool] = {}
        self._taken: set[str] = set()
        self._incoming = incoming
        self._paths: dict[tuple[str, str], str | None] = {}

    def rows(self) -> Iterator[tuple[int, Flat]]:
        """Give the flat rows of the file, each with its line."""
        each = self._incoming.spec.each
        for line, document in self._documents():
            if each is None:
                yield line, self._flat(document, "", {})
                continue
            items = document.pop(each, None)
            outer = self._flat(document, "", {})
            for item in items if isinstance(items, list) else []:
                inner = item if isinstance(item, dict) else {"value": item}
                yield line, self._flat(inner, f"{each}.", dict(outer))

    def _documents(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with as_utf8(self._incoming).open(encoding="utf-8") as stream:
            first = stream.readline()
            if first.lstrip().startswith("[") or first.strip() == "{":
                yield from self._whole(first + stream.read())
                return
            for number, line in enumerate(chain([first], stream), start=1):
                if line.isspace():
                    continue
                try:
                    document = _DECODER.decode(line)
                except (ValueError, RecursionError) as error:
                    self._incoming.file.note(number, getattr(error, "msg", str(error)))
                    continue
                if isinstance(document, dict):
                    yield number, document
                else:
                    self._incoming.file.note(number, "is no JSON object")

    def _whole(self, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give the objects of a file that is one JSON document: a list of them, or one alone."""
        file = self._incoming.file
        file.unit = "object"
        try:
            found = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            raise ImportRefusedError(
                f"{file.name}: is no JSON: {error}; write a list of objects, or one a line"
            ) from None
        for number, document in enumerate(found if isinstance(found, list) else [found], start=1):
            if isinstance(document, dict):
                yield number, document
            else:
                file.note(number, "is no JSON object")

    def _flat(self, document: dict[str, Any], prefix: str, row: Flat) -> Flat:
        paths = self._paths
        for key, value in document.items():
            if isinstance(value, dict):
                self._flat(value, f"{prefix}{key}.", row)
                continue
            place = (prefix, key)
            name = paths[place] if place in paths else self._meet(place)
            if name is None:
                continue
            row[name] = (
                json.dumps(value, ensure_ascii=False)
                if isinstance(value, list)
                else cell_text(value)
            )
        return row

    def _meet(self, place: tuple[str, str]) -> str | None:
        """Remember a key met for the first time; None when the mapping cannot mean it."""
        name = unique("".join(place), self._taken)
        wanted = self._incoming.is_wanted(name)
        self.names[name] = wanted
        self._paths[place] = name if wanted else None
        return self._paths[place]


def _refuse_constant(word: str) -> str:
    raise ValueError(f"{word} is no JSON number")


_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant)
