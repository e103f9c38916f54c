"""The delivery service put together from what a home holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.catalogue import declare
from features.durations import DAY_US
from models import artifacts
from models.errors import ModelError
from models.estimators import BY_NAME
from models.policy.costs import MONEY_SCALE
from models.policy.limits import PolicyError
from models.routing.costs import RoutingCosts
from models.routing.outlet_rule import OutletRule
from models.routing.stock import InboundSettings
from serving.delivery.estimates import DeliveryModels, OptionRater
from serving.delivery.price_file import PriceFile
from serving.delivery.repository import read_chosen, read_reference
from serving.delivery.service import DeliveryService
from serving.delivery.shifting import News
from serving.live import definitions_of
from serving.logs import logger
from serving.noticing.reading import read_book, read_present
from serving.noticing.repository import NoticeStore
from serving.noticing.settings import notice_settings
from serving.scoring.judge import Missing

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from features.history import History
    from serving.settings import Settings
    from serving.state.windows import WindowEngine

MODELS: Final = ("late", "eta", "attempt")


def open_delivery(
    history: History | None,
    settings: Settings,
    state: WindowEngine | None,
    engine: Engine,
) -> DeliveryService | None:
    """Put the delivery service together from what a home holds.

    Parameters
    ----------
    history
        The history; without warehouses and outlets there is nothing to route.
    settings
        Says where the models are.
    state
        Window state of parcels, None where there is none.
    engine
        The store, which knows the routes proposed before.

    Returns
    -------
    DeliveryService or None
        None where the history knows no outlets or warehouses.
    """
    if history is None or not (history.has("outlets") and history.has("warehouses")):
        return None
    profile = history.profile
    reference = read_reference(history)
    models, missing = load_models(settings, history)
    rater = None
    if state is not None:
        features = declare(profile, purposes=("delivery",))
        rater = OptionRater(
            state, features, profile, models, reference.origins, settings.promise_target
        )
    scale = MONEY_SCALE.get(profile.base_currency, 1.0)
    costs = RoutingCosts().scaled(scale)
    news = read_news(history, settings, engine)
    service = DeliveryService(reference, rater, costs, profile.base_currency, missing, news)
    service.inbound = InboundSettings(settings.inbound_share)
    service.rule = read_rule(settings.outlet_rule_file)
    service.prices = PriceFile(settings.routing_folder)
    service.remember(read_chosen(engine, within_us=DAY_US))
    return service


def read_rule(file: Path) -> OutletRule | None:
    """Read the merchant's own order of outlets; None where the least expected cost decides.

    Raises
    ------
    PolicyError
        When it says something else than a rule.
    """
    if not file.is_file():
        return None
    from yaml import YAMLError, safe_load

    try:
        said = safe_load(file.read_text("utf-8"))
        if not isinstance(said, dict):
            raise PolicyError([(file.name, "is not a list of fields: outlets and more_than")])
        return OutletRule.from_dict(said)
    except (YAMLError, ValueError) as error:
        raise PolicyError([(file.name, str(error))]) from None


def read_news(history: History, settings: Settings, engine: Engine) -> News:
    """Read the warnings known by now, and what the newest look at deliveries found."""
    store = NoticeStore(engine)
    book = read_book(history, store, notice_settings(settings).alerts)
    return News(book, read_present(store))


def load_models(settings: Settings, history: History) -> tuple[DeliveryModels, tuple[Missing, ...]]:
    """Load the last good copies of the delivery models."""
    definitions = definitions_of(history.profile)
    loaded: dict[str, Any] = {}
    missing: list[Missing] = []
    for name in MODELS:
        estimator = BY_NAME[name]
        if estimator.needs(history.profile) is not None:
            continue
        folder = settings.models_folder / name
        try:
            if not folder.exists():
                why = f"not trained yet: run `orderintel train {name}`"
                stood_in = "freight and the other models"
                missing.append(Missing(f"model:{name}", why, stood_in, is_passing=False))
                continue
            loaded[name] = estimator.predictor(artifacts.load(folder, definitions=definitions))
        except (ModelError, OSError, ValueError) as error:
            logger().warning("model not loaded", model=name, why=str(error))
            missing.append(Missing(f"model:{name}", str(error), "freight and the other models"))
    return DeliveryModels(**loaded), tuple(missing)
