"""Why a document is refused: each fault with its place and its mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import ValidationError

Problem = tuple[str, str]
"""A place as a JSON pointer, and what is wrong there and how to mend it."""

MENDS: Final[dict[str, str]] = {
    "missing": "is missing: give it, or null where /openapi.json allows null",
    "extra_forbidden": "is not a known field: remove it; own columns go under /attributes",
    "finite_number": "is not a finite number: leave the field out when the value is unknown",
    "datetime_type": "is not an instant: write RFC 3339 text such as 2026-03-01T08:30:00Z",
    "timezone_aware": "has no time zone: write RFC 3339 such as 2026-03-01T08:30:00Z",
    "int_type": "is not a whole number: write it without quotes and without a decimal point",
    "int_parsing_size": "is too large a number",
    "int_from_float": "is not a whole number: money is counted in minor units (19.99 CNY is 1999)",
    "float_type": "is not a number: write it without quotes",
    "bool_type": "is neither true nor false",
    "list_type": "is not a list",
    "string_type": "is not text: write it in quotes",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "dict_type": "is not an object",
}
"""Kind of fault to what is wrong and how to mend it."""

NO_BRANCH: Final = "is neither a number nor true or false nor a short text"

PLACES: Final[dict[str, str]] = {
    "/lines too_short": "is empty: an order needs at least one line",
    "/lines list_type": "is not a list of lines: an order needs at least one line",
}
"""Mends of a kind of fault at one place."""

CARD_RUN: Final = re.compile(r"(?<![0-9])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
_CARD_MEND: Final = (
    "holds a full card number: it must never be sent; give /payment/card_bin and "
    "/payment/card_last4 only"
)


def pointer(location: Iterable[int | str]) -> str:
    """Write a place in a document as a JSON pointer (RFC 6901).

    Examples
    --------
    >>> pointer(("lines", 0, "unit_price", "minor"))
    '/lines/0/unit_price/minor'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def explain(error: ValidationError) -> list[Problem]:
    """Say every fault that reading found, one for each place.

    Parameters
    ----------
    error
        What pydantic found.

    Returns
    -------
    list
        Places and mends, in the order of the document.

    Examples
    --------
    >>> from pydantic import TypeAdapter, ValidationError
    >>> try:
    ...     TypeAdapter(dict[str, str]).validate_json('{"order_id": 7}', strict=True)
    ... except ValidationError as fault:
    ...     explain(fault)
    [('/order_id', 'is a number: write it as text in quotes; ids lose digits as numbers')]
    """
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=True):
        steps = [step for step in fault["loc"] if not _is_branch(step)]
        place, mend = pointer(steps), _mend(pointer(steps), fault)
        if place not in found or fault["type"] == "finite_number":
            found[place] = mend
        elif len(steps) < len(fault["loc"]) and found[place] == MENDS["bool_type"]:
            found[place] = NO_BRANCH
    return list(found.items())


def _is_branch(step: int | str) -> bool:
    """Tell whether a step names a branch of a union rather than a field."""
    return isinstance(step, str) and (
        step in {"bool", "float", "str"} or "[" in step or step.startswith("constrained-")
    )


def _mend(place: str, fault: Any) -> str:
    kind, given = fault["type"], fault.get("input")
    if special := PLACES.get(f"{place} {kind}"):
        return special
    if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
        return "is a number: write it as text in quotes; ids lose digits as numbers"
    if kind == "greater_than_equal" and place.endswith("/minor"):
        return "is negative: amounts are positive; report a refund as an outcome instead"
    if kind.startswith("datetime") and kind != "datetime_type":
        return "is not a possible instant: write RFC 3339 such as 2026-03-01T08:30:00Z"
    if kind == "string_pattern_mismatch" and place.endswith("/country"):
        return _country_mend(str(given))
    text: str = MENDS.get(kind) or fault["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:]


def _country_mend(given: str) -> str:
    """Name the code of a country that was given by its name or in three letters."""
    from features.mapping.countries import country_code

    code = country_code(given)
    use = f"use the two-letter code {code}" if code else "use one such as CN, or null if unknown"
    return f"is not a two-letter country code (ISO 3166): {use}"


def card_problems(texts: Iterable[tuple[str, str | None]]) -> Iterator[Problem]:
    """Find full card numbers.

    Parameters
    ----------
    texts
        Places and the texts that stand there.

    Yields
    ------
    tuple
        A problem for each place that holds a card number: 13 to 19 digits, a first digit that
        cards have, and a check digit that fits (Luhn). The number itself is never repeated.

    Examples
    --------
    >>> list(card_problems([("/payment/method_raw", "Visa 4242")]))
    []
    >>> [place for place, _ in card_problems([("/notes/buyer", "use 4242 4242 4242 4242")])]
    ['/notes/buyer']
    """
    for place, text in texts:
        if text and any(_passes_luhn(run.group()) for run in CARD_RUN.finditer(text)):
            yield place, _CARD_MEND


def _passes_luhn(run: str) -> bool:
    digits = [int(character) for character in run if character.isdigit()]
    return _luhn_sum(digits) % 10 == 0


def _luhn_sum(digits: Sequence[int]) -> int:
    """Sum the digits, every second from the right doubled and its own digits added."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return sum(digits[-1::-2]) + sum(doubled)
