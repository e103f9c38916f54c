"""Taking up warnings, fallen outlets, stock, models and the outlet rule without a restart."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from serving.delivery.opening import MODELS, load_models, read_news, read_rule
from serving.delivery.repository import read_reference
from serving.logs import logger
from serving.noticing.repository import NoticeStore
from serving.reloading import pointed

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from features.history import History
    from serving.delivery.service import DeliveryService
    from serving.settings import Settings

SECONDS: Final = 5.0
"""Seconds between two looks; a look asks the store for six numbers and reads a few links."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stood there at the last look."""

    history: Path
    noticed: tuple[Any, ...]
    models: dict[str, str]
    rule: int | None


class DeliveryFollower:
    """Keeps a running delivery service at what the home and the store hold by now.

    Parameters
    ----------
    service
        Whose parts are replaced, each in one assignment.
    history
        The history that it was opened with. What newer generations say of stock, outlets and
        warnings is taken up; features stay those that the window state was made for.
    settings
        The home.
    engine
        The store, where each look at deliveries leaves what it found.
    """

    def __init__(
        self, service: DeliveryService, history: History, settings: Settings, engine: Engine
    ) -> None:
        self._service, self._opened, self._history = service, history, history
        self._settings, self._engine = settings, engine
        self._seen = self._look()

    def refresh(self) -> bool:
        """Take up what is new; tells whether anything was."""
        found, before = self._look(), self._seen
        if found == before:
            return False
        if found.history != before.history:
            self._history = self._history.newest()
            self._take_reference()
        if found.models != before.models:
            self._take_models()
        if found.rule != before.rule:
            self._service.rule = read_rule(self._settings.outlet_rule_file)
        self._service.news = read_news(self._history, self._settings, self._engine)
        self._seen = found
        logger().info("deliveries taken up", fallen=len(self._service.news.present.fallen))
        return True

    def _look(self) -> _Seen:
        rule = self._settings.outlet_rule_file
        return _Seen(
            self._history.newest().folder,
            NoticeStore(self._engine).stamp(),
            pointed(self._settings.models_folder, MODELS),
            rule.stat().st_mtime_ns if rule.is_file() else None,
        )

    def _take_reference(self) -> None:
        """Take up stock, warehouses and outlets."""
        service, fresh = self._service, read_reference(self._history)
        if service.rater is not None:
            service.rater = replace(service.rater, origins=fresh.origins)
        service.reference = fresh

    def _take_models(self) -> None:
        """Take up delivery models; one that cannot be loaded leaves the one in memory in place."""
        service = self._service
        if service.rater is None:
            return
        fresh, missing = load_models(self._settings, self._opened)
        before = service.rater.models
        kept = {
            part.name: getattr(fresh, part.name) or getattr(before, part.name)
            for part in fields(fresh)
        }
        service.rater = replace(service.rater, models=replace(fresh, **kept))
        service.missing = tuple(
            part for part in missing if kept[part.part.removeprefix("model:")] is None
        )
