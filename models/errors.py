"""Errors raised by the models room; serving/errors.py turns them into status codes."""

from __future__ import annotations


class ModelError(Exception):
    """Base of every error that the models room raises on purpose."""


class NotSupportedError(ModelError):
    """A history cannot support a model; the message says what is missing."""


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
