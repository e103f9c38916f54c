"""The demonstration step by step: what `orderintel demo` does in front of the user."""

from __future__ import annotations

import time
import webbrowser
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from models.policy.costs import DecisionPolicy
from serving import warming
from serving.cli.console import say, table
from serving.clock import now
from serving.demo.feed import Fed, Tally, feed, read_lines
from serving.demo.findings import findings, table_rows
from serving.demo.money import WAYS, cases, money_header, money_rows, settle
from serving.demo.server import HOST, Client, beside, free_port, make_key, serving
from serving.noticing.job import DeliveryLook

if TYPE_CHECKING:
    import subprocess

    from serving.demo.sources import Source
    from serving.settings import Settings

FIRST_ORDERS: Final = 40
"""Orders fed before the table over the whole history is worked out."""


@dataclass
class Steps:
    """Numbers the steps and tells how long each took."""

    started: float = field(default_factory=time.monotonic)
    number: int = 0
    since: float = field(default_factory=time.monotonic)

    def begin(self, what: str) -> None:
        """Announce the next step."""
        self.number += 1
        self.since = time.monotonic()
        say(f"\n[{self.number}] {what}")

    def end(self, what: str) -> None:
        """Tell how the step ended."""
        now = time.monotonic()
        say(f"    {what} ({now - self.since:.1f} s, {now - self.started:.0f} s so far)")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the demonstration is to run.

    Parameters
    ----------
    port
        Where to serve.
    rate
        Orders a second.
    orders
        Orders to feed; all that were held back when None.
    is_once
        Feed, print the tables and stop, instead of serving on.
    opens_browser
        Whether to open the console.
    language
        ``en`` or ``zh``, for the table of money.
    """

    port: int
    rate: float
    orders: int | None
    is_once: bool
    opens_browser: bool
    language: str = "en"


def run(settings: Settings, source: Source, wishes: Wishes) -> dict[str, Any]:
    """Do the main job in front of the user.

    Parameters
    ----------
    settings
        Settings of the demonstration's home.
    source
        Whose history.
    wishes
        How.

    Returns
    -------
    dict
        Figures of the run: seconds to the first decision, orders fed, orders by action.
    """
    steps = Steps()
    compiling = warming.begin()  # beside the first steps, which need nothing compiled
    steps.begin(source.opening)
    steps.end(source.make(settings))
    _import(settings, source, steps)
    _train(settings, source, steps)
    steps.begin("serve the API and the console")
    key, port = make_key(settings), free_port(wishes.port)
    with ExitStack() as stack:
        stack.callback(compiling.wait)
        stack.enter_context(serving(port, settings.home / "demo" / "service.log"))
        client = Client(port, key)
        stack.callback(client.close)
        steps.end("ready")
        _rules(client, steps)
        _addresses(port, key)
        if wishes.opens_browser:
            webbrowser.open(f"http://{HOST}:{port}/console")
        return _live(client, settings, source, wishes, steps)


def _import(settings: Settings, source: Source, steps: Steps) -> None:
    """Import the exports through the importer that merchants use."""
    from serving.cli.import_ import run_import

    steps.begin("import them: the same importer and mapping language that a merchant uses")
    told = run_import(source.mapping(settings), source.root(settings))
    rows = told["history"]["rows"]
    steps.end(f"history of {rows['orders']:,} orders and {rows.get('outcomes', 0):,} outcomes")


def _train(settings: Settings, source: Source, steps: Steps) -> None:
    """Compute features and train everything the history supports."""
    from serving.cli.train import show
    from serving.training import train_models

    steps.begin("compute features and train every model that this history supports")
    results = train_models(settings, source.models, say=lambda told: say(f"    {told}"))
    show(results)
    steps.end(f"{sum(each.reason is None for each in results)} models in the registry")


def _rules(client: Client, steps: Steps) -> None:
    """Put the ready-made rules into force, the way a merchant would."""
    from models.policy.rules.library import together

    steps.begin("put the ready-made rules into force: some live, some on trial")
    body = {"text": together(), "note": "ready-made packs"}
    told = client.send("PUT", "/v1/rules", body)["rules"]
    modes = [rule["mode"] for rule in told]
    steps.end(f"{modes.count('live')} rules live, {modes.count('shadow')} on trial")


def _addresses(port: int, key: str) -> None:
    """Print where to look."""
    say(f"\n    console   http://{HOST}:{port}/console")
    say(f"    API       http://{HOST}:{port}/docs")
    say(f"    metrics   http://{HOST}:{port}/metrics")
    say(f"    access key for both: {key}\n")


def _live(
    client: Client, settings: Settings, source: Source, wishes: Wishes, steps: Steps
) -> dict[str, Any]:
    """Let the orders that were held back come in."""
    folder = settings.home / "demo" / "live"
    orders, outcomes = read_lines(folder / "orders.jsonl"), read_lines(folder / "outcomes.jsonl")
    orders = orders[: wishes.orders]
    looking = _look(settings)  # beside the orders, which go by what it finds as soon as it is known
    steps.begin(f"let {len(orders):,} newer orders come in, {wishes.rate:g} a second")
    say(HEADER)
    tally, first_after = Tally(), 0.0
    for each in feed(client, orders, outcomes, rate=wishes.rate):
        if isinstance(each, int):
            tally.n_outcomes += each
            continue
        tally.add(each)
        if len(tally.orders) == 1:
            first_after = time.monotonic() - steps.started
        say(line(each))
        if len(tally.orders) == FIRST_ORDERS and not wishes.is_once:
            source.judge(settings)
    steps.end(
        f"{len(tally.orders):,} orders decided: {tally.count('release'):,} released, "
        f"{tally.count('review'):,} to review, {tally.count('hold'):,} held; "
        f"{tally.n_outcomes:,} outcomes told"
    )
    say(f"    first decision on screen after {first_after:.0f} s")
    _judge_live(settings, tally, wishes.language)
    if looking is not None:
        looking.wait()
        _deliveries(settings, tally)
    if wishes.is_once or len(tally.orders) < FIRST_ORDERS:
        source.judge(settings)
    if not wishes.is_once:
        say("\nThe service stays up: look at the console, then press Ctrl-C to end it.")
        _wait()
    return {
        "seconds_to_first_decision": round(first_after, 1),
        "orders": len(tally.orders),
        "outcomes": tally.n_outcomes,
        **{action: tally.count(action) for action in ("release", "review", "hold")},
    }


def _look(settings: Settings) -> subprocess.Popen[bytes] | None:
    """Begin to look how outlets deliver, as the service does; None where nothing is known of it."""
    job = DeliveryLook(settings, now)
    return None if job.due() is None else beside(job.name)


def _deliveries(settings: Settings, tally: Tally) -> None:
    """Show which outlets dropped, and what became of orders for that and for warnings."""
    from serving.cli.delivery import HEADER as DROP_HEADER
    from serving.cli.delivery import drop_rows
    from serving.noticing.repository import NoticeStore
    from serving.opening import open_store

    engine = open_store(settings, now)
    try:
        drops = NoticeStore(engine).alerts(is_open=True)
    finally:
        engine.dispose()
    table("Outlets that dropped (console: Deliveries)", DROP_HEADER, drop_rows(drops))
    n = tally.n_rerouted
    say(
        f"    routed around: {n['alert']:,} orders by a weather or traffic warning, "
        f"{n['outlet_drop']:,} by an outlet that dropped"
    )


def _wait() -> None:
    """Wait for Ctrl-C."""
    while True:
        time.sleep(3600)


def _judge_live(settings: Settings, tally: Tally, language: str) -> None:
    """Compare the live decisions with the truth, where there is one, and say what they saved."""
    path = settings.home / "demo" / "truth.parquet"
    if not path.is_file():
        return
    import pandas as pd

    truth = pd.read_parquet(path)
    seen = truth[truth["order_key"].isin({each.key for each in tally.orders})]
    found = findings(seen, tally.flagged, tally.links)
    table("Planted trouble among these orders", TRUTH_HEADER, table_rows(found))
    policy = DecisionPolicy()
    accounts = [settle(cases(seen, tally.orders), way, policy) for way in WAYS]
    title = MONEY_TITLE[language].format(minutes=policy.capacity.minutes_per_day)
    table(title, money_header(language), money_rows(accounts, language))


MONEY_TITLE: Final = {
    "zh": "这些订单的损失与节省（元）：每种做法每天同样 {minutes:.0f} 审核分钟",
    "en": "What harm these orders bring and what was saved, yuan; {minutes:.0f} review minutes a "
    "day in every way",
}
TRUTH_HEADER: Final = ("kind", "orders", "flagged on arrival", "cases found", "share found")
HEADER: Final = "    time   channel    order              value  decision  prio  why / route"


def line(fed: Fed) -> str:
    """Write one decided order as a line."""
    order, decision = fed.order, fed.decision
    total = order["amounts"].get("grand_total") or {}
    value = f"{total.get('minor', 0) / 100:,.2f} {total.get('currency', '')}"
    why = decision["reasons"][0]["text"]["en"] if decision["reasons"] else ""
    if not fed.is_flagged:
        why = _route(decision.get("route")) or why
    return (
        f"    {_clock(order)}  {order['channel'][:9]:<9}  "
        f"…{order['order_id'][-9:]:<10} {value:>16}  {decision['action']:<8} "
        f"{decision['priority']:>5.0f}  {why}"
    )


def _clock(order: dict[str, Any]) -> str:
    """Write when the order was placed, by the buyer's own clock."""
    placed = datetime.fromisoformat(order["placed_at"])
    return (placed + timedelta(minutes=order.get("utc_offset_min") or 0)).strftime("%H:%M")


def _route(route: dict[str, Any] | None) -> str:
    """Write the route in a few words."""
    if not route:
        return ""
    way = " → ".join(str(route[part]) for part in ("warehouse", "outlet") if route.get(part))
    late = route.get("p_late")
    avoided = route.get("instead_of")
    return (
        way
        + (f"  late {late:.0%}" if isinstance(late, float) else "")
        + (f"  not {avoided['warehouse']}: {avoided['reasons'][0]['en']}" if avoided else "")
    )
