"""Statements of the path of orders, compiled once and handed to the driver as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect
    from sqlalchemy.sql.expression import ClauseElement


_STYLES: Final = {"sqlite": "named", "postgresql": "pyformat"}
"""How each driver takes parameters by name."""


class Prepared:
    """A statement that is run for every order.

    What SQLAlchemy does between a statement and its driver, each time anew, takes several times
    as long as SQLite takes to run it. Here that is done once for each kind of database. Errors
    come as SQLAlchemy's own, and a connection that is lost leaves the pool, as ever.

    Parameters
    ----------
    statement
        A statement whose parameters are all named, and plain to the driver: texts and numbers.
        Where each kind of database has its own words for it, a function from the name of the
        dialect to the statement.
    columns
        For an INSERT: the columns that each row names.

    Examples
    --------
    >>> from sqlalchemy import Integer, bindparam, select
    >>> from serving.store.engine import open_engine
    >>> twice = Prepared(select(bindparam("given", type_=Integer) + bindparam("given")))
    >>> with open_engine("sqlite://").connect() as connection:
    ...     twice.first(connection, {"given": 21})
    (42,)
    """

    def __init__(
        self,
        statement: ClauseElement | Callable[[str], ClauseElement],
        columns: Sequence[str] = (),
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._texts: dict[str, str] = {}

    def run(self, connection: Connection, given: Mapping[str, Any]) -> None:
        """Run a statement that gives nothing back.

        Parameters
        ----------
        connection
            An open connection, within a commit or not.
        given
            Value of each parameter.
        """
        self._run(connection, given).close()

    def run_each(self, connection: Connection, given: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of several sets of parameters, at least one; see `run`.

        A server is asked for all of them at once.
        """
        if len(given) == 1:
            self.run(connection, given[0])
        else:
            self._run(connection, given, is_many=True).close()

    def first(self, connection: Connection, given: Mapping[str, Any]) -> Any:
        """Run a query and give its first row, or None; see `run`."""
        cursor = self._run(connection, given)
        found = cursor.fetchone()
        # SQLite holds what it reads until a query is let go of.
        cursor.close()
        return found

    def _run(self, connection: Connection, given: Any, *, is_many: bool = False) -> Any:
        dialect = connection.dialect
        text = self._texts.get(dialect.name) or self._compiled(dialect)
        cursor = connection.connection.cursor()
        execute = cursor.executemany if is_many else cursor.execute
        try:
            execute(text, given)
        except dialect.loaded_dbapi.Error as error:
            # The one place that wraps an error, tells listeners and gives up a lost connection.
            connection._handle_dbapi_exception(error, text, given, cursor, None)
        return cursor

    def _compiled(self, dialect: Dialect) -> str:
        """Write the statement for a kind of database, with parameters by name."""
        kind: Any = type(dialect)
        named: Dialect = kind(paramstyle=_STYLES[dialect.name])
        own = self._statement
        statement = own(dialect.name) if callable(own) else own
        compiled = statement.compile(dialect=named, column_keys=list(self._columns) or None)
        text = self._texts[dialect.name] = str(compiled)
        return text
