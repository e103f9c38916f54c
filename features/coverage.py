"""What a history gives: its tables, its columns and how many orders carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.schema import ENTITY_PREFIX

if TYPE_CHECKING:
    from features.history import HistoryProfile
    from features.windows import Entity

COVERAGE: Final = 0.01
"""Share of orders that must carry an entity before it gets windows."""

_ALWAYS: Final = frozenset({"placed_at", "received_at", "channel", "shop_id"})


def holds(profile: HistoryProfile, table: str) -> bool:
    """Tell whether a table has rows.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> holds(HistoryProfile(rows={"orders": 3}), "orders"), holds(HistoryProfile(), "orders")
    (True, False)
    """
    return profile.rows.get(table, 0) > 0


def gives(profile: HistoryProfile, column: str) -> bool:
    """Tell whether any channel gives a column of the orders; every column where none says.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(given={"jd": ("value_minor",)})
    >>> gives(profile, "value_minor"), gives(profile, "ip_key"), gives(HistoryProfile(), "ip_key")
    (True, False, True)
    """
    if column in _ALWAYS or not profile.given:
        return True
    return any(column in columns for columns in profile.given.values())


def carries(profile: HistoryProfile, column: str) -> bool:
    """Tell whether enough orders carry a key column for windows over it.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(entities={"ip_key": 0.3, "device_key": 0.001})
    >>> carries(profile, "ip_key"), carries(profile, "device_key"), carries(profile, "phone_key")
    (True, False, False)
    """
    if column in profile.entities:
        return profile.entities[column] >= COVERAGE
    if column.endswith("_key") or column.startswith(ENTITY_PREFIX):
        return False
    return (bool(profile.given) and gives(profile, column)) or column in _ALWAYS


def tells(profile: HistoryProfile, kind: str) -> bool:
    """Tell whether a kind of label can be learned: it is declared, and some orders bear it.

    Examples
    --------
    >>> from features.history import HistoryProfile, LabelProfile
    >>> labels = {kind: LabelProfile(kind, 30) for kind in ("fraud", "refund")}
    >>> profile = HistoryProfile(labels=labels, bad_outcomes={"refund": 5})
    >>> tells(profile, "refund"), tells(profile, "fraud"), tells(profile, "return")
    (True, False, False)
    """
    if kind not in profile.labels:
        return False
    return profile.bad_outcomes is None or profile.bad_outcomes.get(kind, 0) > 0


def has_entity(profile: HistoryProfile, entity: Entity) -> bool:
    """Tell whether enough orders carry all columns of an entity.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> from features.windows import Entity
    >>> room = Entity("room", ("live_room",), "直播间", "live-stream room")
    >>> has_entity(HistoryProfile(), room)
    False
    """
    if entity.level == "line":
        return holds(profile, "order_lines")
    return all(carries(profile, column) for column in entity.columns)
