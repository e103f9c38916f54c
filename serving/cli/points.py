"""``orderintel points``: rebuild the index of places that were delivered to or chosen."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.console import emit_json, say
from serving.settings import load_settings


def points(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Rebuild the index of places from deliveries, reviewers' choices and shipped landmarks.

    With it is learned from the choices how sure an address must look to settle by itself.

    A running service takes the new index up by itself, and starts this once a day.
    """
    from serving.addresses.evidence import evidence
    from serving.addresses.index import PointIndex
    from serving.addresses.repository import AddressStore
    from serving.addresses.sureness import learn
    from serving.clock import now
    from serving.opening import open_store
    from serving.secret import tenant_secret
    from serving.store.vault import Vault

    settings = load_settings()
    engine = open_store(settings, now)
    try:
        store = AddressStore(engine, Vault(tenant_secret(settings)))
        n_points = PointIndex(settings.points_folder).rebuild(evidence(store))
        n_labels = learn(store, settings.points_folder).n_labels
    finally:
        engine.dispose()
    if as_json:
        emit_json({"points": n_points, "labels": n_labels, "folder": str(settings.points_folder)})
    else:
        say(
            f"{n_points:,} places in {settings.points_folder}; "
            f"confidences learned from {n_labels:,} choices of reviewers"
        )
