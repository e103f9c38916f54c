"""Messages with their priority: those shipped with the project, and a merchant's corrections."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIORITIES: Final = ("urgent", "normal", "suggestion")
"""From the one to read first to the one that can wait."""

LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What is known of the order that a message is about; None is unknown.

    Parameters
    ----------
    is_shipped, is_delivered
        How far the parcel is.
    days_late
        Days beyond the promised delivery; negative while there is time.
    refund_days_open
        Days since a refund was asked for that has not been paid.

    Examples
    --------
    >>> TicketFacts(is_shipped=True, days_late=2.5).is_delivered is None
    True
    """

    is_shipped: bool | None = None
    is_delivered: bool | None = None
    days_late: float | None = None
    refund_days_open: float | None = None


NO_FACTS: Final = TicketFacts()
"""Nothing is known of the order."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message whose priority is known.

    Parameters
    ----------
    text
        What the buyer wrote.
    priority
        One of `PRIORITIES`.
    family
        The matter it is about; messages of one family are never both learned from and judged on.
    language
        ``zh`` or ``en``; empty when not known.
    facts
        What was known of the order.
    """

    text: str
    priority: str
    family: str = ""
    language: str = ""
    facts: TicketFacts = NO_FACTS


def shipped() -> tuple[Example, ...]:
    """Read the examples that come with the project.

    Examples
    --------
    >>> examples = shipped()
    >>> len(examples) >= 600, {example.priority for example in examples} == set(PRIORITIES)
    (True, True)
    """
    return tuple(example for priority in PRIORITIES for example in _read(priority))


def _read(priority: str) -> Iterator[Example]:
    import yaml

    known = {field.name for field in fields(TicketFacts)}
    text = files("models.tickets").joinpath("data", f"{priority}.yaml").read_text("utf-8")
    families: list[dict[str, Any]] = yaml.safe_load(text)
    for family in families:
        facts = TicketFacts(**{k: v for k, v in family.get("facts", {}).items() if k in known})
        for language in LANGUAGES:
            for message in family[language]:
                yield Example(message, priority, family["family"], language, facts)
