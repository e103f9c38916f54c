"""Which canonical columns hold keyed hashes, and under which kind."""

from __future__ import annotations

from typing import Final

from features.schema import ENTITY_PREFIX

PLAIN_KEYS: Final = frozenset({"order_key", "sku_set_key"})


def kind_of(name: str) -> str:
    """Give the kind under which a key column is hashed.

    Examples
    --------
    >>> kind_of("phone_key"), kind_of("entity__terminal")
    ('phone', 'entity__terminal')
    """
    return name.removesuffix("_key")


def is_hashed(name: str) -> bool:
    """Tell whether a column holds keyed hashes.

    Examples
    --------
    >>> is_hashed("buyer_key"), is_hashed("order_key"), is_hashed("entity__terminal")
    (True, False, True)
    """
    if name in PLAIN_KEYS:
        return False
    return name.endswith("_key") or name.startswith(ENTITY_PREFIX)
