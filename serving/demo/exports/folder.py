"""Everything a demonstration home needs on disk: exports, mapping, live feed and the truth."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from serving.demo.exports import backoffice, marketplaces, storefronts
from serving.demo.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving.demo.shop import Shop

MAPPING_NAME: Final = "demo-shop.yaml"

WRITERS: Final[tuple[Callable[[Ledger, Path], None], ...]] = (
    marketplaces.write_tmall,
    marketplaces.write_jd,
    marketplaces.write_pinduoduo,
    storefronts.write_douyin,
    storefronts.write_shopify,
    backoffice.write_shipments,
    backoffice.write_outcomes,
    backoffice.write_stock,
    backoffice.write_reference,
)
"""Everything that is exported, one function a file or system."""


def write_exports(shop: Shop, folder: Path, *, as_of: int | None = None) -> Path:
    """Write the exports as they looked when the live days began, and their mapping.

    Parameters
    ----------
    shop
        The simulated shop.
    folder
        Where to write; made when missing.
    as_of
        Another instant at which to export, seconds since 1970.

    Returns
    -------
    Path
        The mapping document beside the exports.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(shop, as_of=shop.cutoff if as_of is None else as_of)
    for write in WRITERS:
        write(ledger, folder)
    mapping = folder / MAPPING_NAME
    source = files("serving.demo").joinpath("mapping", MAPPING_NAME)
    mapping.write_bytes(source.read_bytes())
    return mapping
