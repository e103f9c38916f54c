"""The weekly run: what it reads, the steps it notes, and what it changes at the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from features.history import History
from models.errors import ArtifactError, FeatureMismatchError, ImmatureError, ModelError
from models.estimators import ESTIMATORS
from models.judged_weeks import weeks_to_judge
from models.laps import Laps
from models.retrain import RECIPES, Hearing, best, supports
from models.training.material import Material
from serving.access.audit import AuditLog
from serving.clock import now as present
from serving.jobs.lease import held
from serving.live import POLICY_NAME, read_policy
from serving.registry import Registry, Shelf
from serving.retraining.fits import Fit, Workshop, basis_of
from serving.retraining.period import due_cut, missed, name_of
from serving.retraining.report import write_report
from serving.retraining.repository import RunStore
from serving.retraining.snapshot import take_snapshot
from serving.retraining.traffic import recent_traffic
from serving.retraining.watching import watch_drift
from serving.secret import tenant_secret
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from serving.training import headline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from models.artifacts import Artifact
    from models.estimators.base import RiskEstimator
    from models.judged_weeks import JudgedWeeks
    from models.retrain import Verdict
    from serving.clock import Clock
    from serving.jobs.lease import Held
    from serving.settings import Settings

LEASE: Final = "retrain"
SHOWN: Final = 60


class LeaseLostError(ModelError):
    """Another process may have taken over; this run stopped at a step and can go on later."""


@dataclass
class Week:
    """One model's week: what was asked, and what came of it."""

    name: str
    title: dict[str, str]
    outcome: str = "kept"
    zh: str = ""
    en: str = ""
    weeks: JudgedWeeks | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    version: str = ""
    champion: str = ""

    def document(self) -> dict[str, Any]:
        """Write it as a JSON-able document."""
        weeks = self.weeks
        return {
            "model": self.name,
            "title": self.title,
            "outcome": self.outcome,
            "why": {"zh": self.zh, "en": self.en},
            "judged": None
            if weeks is None
            else {
                "from": weeks.begins.isoformat(),
                "to": weeks.ends.isoformat(),
                "bad_orders": weeks.n_bad,
                "excluded": weeks.excluded,
            },
            "champion": self.champion,
            "version": self.version,
            "challengers": [
                {
                    "recipe": verdict.recipe,
                    "let_in": verdict.is_let_in,
                    "findings": [finding.document() for finding in verdict.findings],
                }
                for verdict in self.verdicts
            ],
        }


def retrain(
    settings: Settings,
    *,
    clock: Clock = present,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Do the run that is due, unless it is done or under way.

    Parameters
    ----------
    settings
        The home.
    clock
        Gives the present in microseconds UTC.
    dry_run
        Go as far as the verdicts, and change nothing.
    say
        Told what happens.

    Returns
    -------
    dict
        ``state`` is ``done``, ``already_done``, ``busy`` or ``tried`` (of a dry run), with the
        report beside it.

    Raises
    ------
    HistoryError
        When there is no history.
    """
    history = History(settings.history_folder)
    engine = open_engine(settings.store_url)
    try:
        migrate(engine)
        with held(engine, LEASE, clock) as lease:
            if lease is None:
                say("another run is under way; nothing to do")
                return {"state": "busy"}
            return Retraining(settings, history, engine, clock, lease, say).run(dry_run=dry_run)
    finally:
        engine.dispose()


@dataclass
class Retraining:
    """A run under a lease.

    Parameters
    ----------
    settings, history, engine, clock
        What it reads.
    lease
        Held while it runs.
    say
        Told what happens.
    """

    settings: Settings
    history: History
    engine: Engine
    clock: Clock
    lease: Held
    say: Callable[[str], None]

    def run(self, *, dry_run: bool) -> dict[str, Any]:
        """Do what is due."""
        folder = self.settings.home / "retraining"
        history = take_snapshot(self.history, self.engine, folder / "snapshot")
        zone = history.profile.timezone
        # Features of one matrix for all models; the run sees nothing beyond its cut.
        whole = Material(history, purposes=frozenset({"risk"}))
        known_until = min(self._now(), whole.ends_at.to_pydatetime())
        cut = due_cut(known_until, zone)
        period = name_of(cut, zone)
        store = RunStore(self.engine)
        before = store.get(period)
        if before is not None and before.state == "done":
            self.say(
                f"the run of {period} is done already; the next is due when a week is complete"
            )
            return {"state": "already_done", "period": period, "report": before.document}
        document = {
            "period": period,
            "cut": cut.isoformat(),
            "caught_up": missed(period, (run.period for run in store.newest(SHOWN))),
        }
        self.say(f"run of {period}: orders and outcomes known by {cut:%Y-%m-%d %H:%M} UTC")
        material = Material(history, placed_to=cut, purposes=frozenset({"risk"}))
        if dry_run:
            return {"state": "tried", **self._work(document, material, cut, folder / period, None)}
        run = store.begin(period, self.clock())
        try:
            told = self._work(
                document, material, cut, folder / period, _Notes(store, period, run.steps)
            )
        except Exception:
            store.end(period, "failed", self.clock(), None)
            raise
        page = write_report(self.settings.home / "reports", told)
        store.end(period, "done", self.clock(), told)
        return {"state": "done", **told, "report": str(page)}

    def _work(
        self,
        document: dict[str, Any],
        material: Material,
        cut: datetime,
        folder: Path,
        notes: _Notes | None,
    ) -> dict[str, Any]:
        """Fit, judge, promote, watch for drift, and write the report."""
        laps = Laps()
        champions = self._champions(material)
        weeks = self._weeks(material, cut, champions)
        fits = [
            Fit(estimator, recipe, week.weeks.begins)
            for estimator, week in weeks
            if week.weeks is not None
            for recipe in RECIPES
        ]
        if fits:
            self.say(f"features of {len(material.frame):,} orders")
        laps.lap("features")
        workshop = Workshop(folder, self.settings.fit_backend, self.settings.fit_jobs)
        fitted = workshop.fit(fits, material, basis_of(material), self.say) if fits else []
        laps.lap("fits")
        self._still_ours()
        traffic = recent_traffic(self.engine, cut)
        policy = read_policy(self.settings.home / POLICY_NAME, material.profile.base_currency)
        for estimator, week in weeks:
            if week.weeks is None:
                continue
            asking = {
                fit.recipe.name: artifact
                for fit, artifact in zip(fits, fitted, strict=True)
                if fit.estimator is estimator
            }
            hearing = Hearing(estimator, material, cut, week.weeks, policy, traffic)
            week.verdicts = hearing.judge(asking, champions.get(estimator.name))
            self._decide(week, asking, material, notes)
            self.say(f"{week.name}: {week.outcome} – {week.en}")
        laps.lap("gate")
        document |= {"models": [week.document() for _, week in weeks]}
        document["drift"] = watch_drift(material, cut, champions, document["caught_up"])
        laps.lap("drift")
        return document | {"seconds": laps.seconds}

    def _champions(self, material: Material) -> dict[str, Artifact]:
        """Load what is served and can be compared with."""
        shelf, found = Shelf(self.settings.models_folder), {}
        for name in shelf.names():
            try:
                found[name] = shelf.load(name, material.definitions)
            except FeatureMismatchError as error:
                self.say(f"{name}: the champion counts as none: {error}")
            except ArtifactError as error:
                self.say(f"{name}: the champion cannot be loaded: {error}")
        return found

    def _weeks(
        self, material: Material, cut: datetime, champions: dict[str, Artifact]
    ) -> list[tuple[RiskEstimator, Week]]:
        """Find what each model can be judged on."""
        found = []
        for estimator in ESTIMATORS:
            if not supports(estimator) or estimator.needs(material.profile) is not None:
                continue
            week = Week(estimator.name, {"zh": estimator.zh, "en": estimator.en})
            champion = champions.get(estimator.name)
            week.champion = champion.version if champion else ""
            try:
                week.weeks = weeks_to_judge(
                    estimator, material, cut, champion.document if champion else None
                )
            except ImmatureError as error:
                week.en, week.zh = str(error), f"暂无标签已成熟、可供检验的周：{error}"
                self.say(f"kept: {error}")
            found.append((estimator, week))
        return found

    def _decide(
        self,
        week: Week,
        asking: dict[str, Artifact | ModelError],
        material: Material,
        notes: _Notes | None,
    ) -> None:
        """Promote the best challenger that was let in, or say why none was."""
        chosen = best(week.verdicts)
        if chosen is None:
            reasons = [finding for verdict in week.verdicts for finding in verdict.refusals]
            week.zh = "；".join(dict.fromkeys(finding.zh for finding in reasons))
            week.en = "; ".join(dict.fromkeys(finding.en for finding in reasons))
            return
        money = next(finding for finding in chosen.findings if finding.check == "money")
        week.zh, week.en = money.zh, money.en
        if notes is None:
            week.outcome = "would_promote"
            return
        artifact = asking[chosen.recipe]
        assert not isinstance(artifact, Exception)  # noqa: S101 what was let in had been loaded
        week.version = self._promote(week.name, artifact, notes)
        week.outcome = "promoted"

    def _promote(self, name: str, artifact: Artifact, notes: _Notes) -> str:
        """Register, put into the shadow, promote; each step once, whatever was killed before."""
        self._still_ours()
        registry = Registry(self.settings.home, self.settings.mlflow_tracking_uri)
        version = notes.steps.get(f"{name}: registered")
        if version is None:
            fresh = replace(artifact, digest="")
            added = registry.add(fresh, metrics=headline(artifact.document.get("metrics", {})))
            version = notes.keep(f"{name}: registered", added.version)
        registry.shadow(name, version)
        notes.keep(f"{name}: shadow", version)
        registry.promote(name, version)
        audit = AuditLog(self.engine, tenant_secret(self.settings), self.clock)
        audit.add("retraining", "model.promote", name, version=str(version))
        notes.keep(f"{name}: promoted", version)
        return str(version)

    def _still_ours(self) -> None:
        if self.lease.is_lost:
            raise LeaseLostError(
                "the lease ran out while this run could not reach the database; start it again, "
                "and it goes on where it stopped"
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock() / 1e6, UTC)


@dataclass
class _Notes:
    """What finished steps left behind, kept in the store."""

    store: RunStore
    period: str
    steps: dict[str, Any]

    def keep(self, step: str, left: Any) -> Any:
        """Note a step, and give what it left behind."""
        self.steps[step] = left
        self.store.note(self.period, self.steps)
        return left
