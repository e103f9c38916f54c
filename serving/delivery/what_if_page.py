"""The comparison of variants as one page, in both languages and without outside parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from serving.delivery.comparison import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serving.delivery.comparison import Figure

TEMPLATE: Final = "what_if_page.html"


def page_of(figures: Sequence[Figure], told: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    figures
        Every figure of every variant.
    told
        The comparison's document.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(told=told, shown=SHOWN, figures=figures)
