"""The background work on unsure addresses: what reviewers said before, the index, the providers.

The order went ahead with the offline answer; here its address record is brought up to date. The
stored decision is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.normal import normal_form
from features.address.resolve import resolve_parts
from features.durations import SECOND_US
from models.training.sureness import Sureness
from serving.addresses.choices import Choice, choices_of, chosen_for, is_tie
from serving.addresses.sureness import known_sureness
from serving.geocoders.chain import Answers, Question
from serving.logs import logger

if TYPE_CHECKING:
    from features.address.result import Resolution
    from features.order import Row
    from serving.addresses.index import PointIndex
    from serving.addresses.repository import AddressStore
    from serving.clock import Clock
    from serving.geocoders.chain import Geocoders

LEASE: Final = 120 * SECOND_US
"""Microseconds for which a case is one worker's: longer than all providers may take together."""
MAX_ASKS: Final = 5
BATCH: Final = 10


@dataclass
class AddressUpdates:
    """Brings address records up to date.

    Parameters
    ----------
    store
        The queue.
    geocoders
        The providers that are set up, which may be none.
    index
        Points of interest of this home.
    clock
        Gives the present in microseconds UTC.
    line
        Confidence from which an address needs nobody.
    learned
        What reviewers' choices say about confidences.
    """

    store: AddressStore
    geocoders: Geocoders
    index: PointIndex
    clock: Clock
    line: float
    learned: Sureness = field(default_factory=Sureness)

    def work(self) -> int:
        """Work off what is due; gives how many cases were looked at.

        A case that fails is tried again when its lease is over, as if this worker had died.
        """
        self.store.overtake(self.clock())
        due = self.store.take_due(self.clock(), lease=LEASE, limit=BATCH)
        if due:
            self.learned = known_sureness(self.index.folder)
        for case in due:
            try:
                self._look(case)
            except Exception as error:  # noqa: BLE001 one address never holds up the others
                logger().error("address update failed", error=type(error).__name__)
        return len(due)

    def choices(self, case: Row) -> tuple[Resolution, list[Choice]]:
        """Give the places a case may be, without asking anybody outside."""
        place = resolve_parts(**case["parts"])
        return place, list(choices_of(place, self.index.like(place)))

    def _look(self, case: Row) -> None:
        """Ask about one case and settle it, or leave it to a reviewer with better choices."""
        now = self.clock()
        event = {"at": now, "actor": "service", "act": "update", "note": None}
        if case["parts"] is None:
            erased = {"ask_at": None, "state": "settled", "settled_at": now, "source": "erased"}
            self.store.change(case, erased, event | {"act": "erased"})
            return
        place = resolve_parts(**case["parts"])
        label = self.store.label_for(case)
        if label is not None and label["shown"]:
            self._settle_as_before(case, place, label, event)
            return
        matches = self.index.like(place)
        answers = self._ask(case, place)
        choices = list(choices_of(place, matches, answers.found))
        retry_at = answers.retry_at if case["asks"] < MAX_ASKS else None
        changes: Row = {"ask_at": retry_at}
        if choices and self.learned.of(choices[0].confidence) >= self.line:
            best = choices[0]
            changes |= {
                "ask_at": None,
                "state": "settled",
                "source": best.source[:32],
                "settled_by": "service",
                "settled_at": now,
            }
            self.store.change(case, changes, event, choices=choices, answer=best)
            return
        if answers.failures:
            event["note"] = ", ".join(f"{name}: {why}" for name, why in answers.failures.items())
        better = choices[0] if answers.found and choices else None
        act = "update" if better else "asked"
        noted = event | {"act": act}
        self.store.leave_open(case, changes, noted, choices=choices, answer=better)

    def _settle_as_before(self, case: Row, place: Resolution, label: Row, event: Row) -> None:
        """Settle a case as a reviewer settled an equal one."""
        chosen = label["chosen"]
        answer = chosen_for(label["shown"][chosen - 1], place) if chosen else None
        changes = {
            "ask_at": None,
            "state": "settled",
            "source": "review",
            "label_id": label["label_id"],
            "settled_by": label["actor"],
            "settled_at": event["at"],
        }
        self.store.change(
            case, changes, event | {"act": "settle"}, choices=label["shown"], answer=answer
        )

    def _ask(self, case: Row, place: Resolution) -> Answers:
        """Ask the providers, without unit, room or anything else about a person."""
        if not self.geocoders.providers:
            return Answers()
        told = structs.replace(place, unit=None, room=None, postal=None)
        text = told.standard
        line = case["parts"].get("line") or ""
        if is_tie(place) or place.adcode is None:
            # No division is asserted, so the text's own words for it must go along.
            text = _without_unit(_plain(line), place.unit)
            named = (case["parts"].get(name) for name in ("region", "city", "district"))
            text = "".join(filter(None, (*named, text)))
        if not text.strip():
            return Answers()
        return self.geocoders.ask(
            Question(
                merchant_id=case["merchant_id"],
                text=text,
                city=place.city,
                country=case["country"],
                key=self.store.vault.hash("geocode", f"{place.city or ''}|{normal_form(text)}"),
                n_wanted=2 if is_tie(place) else 1,
            )
        )


def _plain(line: str) -> str:
    """Give an address line without name, phone, e-mail and wishes.

    Examples
    --------
    >>> _plain("张三 13800138000 朝阳区建国路88号（放快递柜）")
    '朝阳区建国路88号'
    """
    from features.address.clean import clean

    return clean(line).text


def _without_unit(text: str, unit: str | None) -> str:
    """Cut the unit off the end of a text.

    Examples
    --------
    >>> _without_unit("朝阳区建国路88号 3号楼 501室", "501室")
    '朝阳区建国路88号3号楼'
    """
    joined = "".join(text.split())
    return joined.removesuffix(unit) if unit else text
