"""Real order histories that come with the package, each with its mapping and its licence."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DATASETS: Final = Path(__file__).parent
ONLINE_RETAIL: Final = DATASETS / "online_retail" / "mapping.yaml"
"""Mapping of UCI Online Retail; its file lies beside it."""
