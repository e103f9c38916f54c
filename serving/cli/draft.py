"""``orderintel draft``: a first mapping document for a merchant's files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import claim, fail, say


def draft(
    files: Annotated[
        list[Path], typer.Argument(help="Orders, and if they are apart lines, parcels, refunds.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Where the mapping goes; not printed then.")
    ] = None,
) -> None:
    """Draft a mapping document by the names and values of the columns, for a person to go through.

    The files keep their names in it, so that it belongs into their folder.
    """
    from features.mapping.drafting.document import draft as drafted

    text = drafted(files)
    if out is None:
        sys.stdout.write(text)
        return
    if out.exists():
        fail(
            f"{out} is there already: name another file, or remove it first · "
            "文件已存在：请换个名字，或先删除它"
        )
    claim(out).write_text(text, "utf-8")
    say(
        f"written to {out}; go through it, then: orderintel import {out} --check · "
        "初稿已写好，请逐项核对后用上面的命令试读"
    )
