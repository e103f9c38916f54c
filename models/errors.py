"""Errors raised by the models room; serving/errors.py turns them into status codes."""

from __future__ import annotations


class ModelError(Exception):
    """Base of every error that the models room raises on purpose."""


class NotSupportedError(ModelError):
    """A history cannot support a model; the message says what is missing."""


class ImmatureError(NotSupportedError):
    """Weeks whose labels are not all known yet; the message says when they will be."""


class BareClaimError(ModelError):
    """A share of harm found in advance lacks what it hangs on.

    Parameters
    ----------
    lacks
        What the claim needs.

    Examples
    --------
    >>> print(BareClaimError("flagged share in (0, 1]"))
    a share found in advance needs its flagged share in (0, 1]
    """

    def __init__(self, lacks: str) -> None:
        super().__init__(f"a share found in advance needs its {lacks}")


class ArtifactError(ModelError):
    """An artifact was changed, is incomplete or of an unknown form; it is not loaded."""


class FeatureMismatchError(ArtifactError):
    """An artifact was trained on other features, or on another definition of them.

    Parameters
    ----------
    missing
        Features the artifact needs and the catalogue lacks.
    changed
        Features both have, under different definitions.

    Examples
    --------
    >>> print(FeatureMismatchError(frozenset({"order__x"}), frozenset()))
    the artifact needs features this version does not define: order__x; train the model again
    """

    def __init__(self, missing: frozenset[str], changed: frozenset[str]) -> None:
        parts = []
        if missing:
            parts.append(
                "the artifact needs features this version does not define: "
                + ", ".join(sorted(missing))
            )
        if changed:
            parts.append(
                "the artifact was trained on another definition of: " + ", ".join(sorted(changed))
            )
        super().__init__("; ".join([*parts, "train the model again"]))
        self.missing = missing
        self.changed = changed


class RuleError(ModelError):
    """A rule document cannot be used; the message names each rule, field, position and mend."""
