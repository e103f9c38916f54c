"""When garbage is looked for: not while a service is put together, and never in what stays."""

from __future__ import annotations

import gc


def pause() -> None:
    """Stop looking for garbage while millions of objects are made that all stay."""
    gc.disable()


def resume() -> None:
    """Look for garbage again, but not in what stands now.

    A collector that goes through it stops the process for long, and so would a last look.
    """
    gc.freeze()
    gc.enable()


def release() -> None:
    """Look again in what stood: the service ends, and its process may live on."""
    gc.unfreeze()
