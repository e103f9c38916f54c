"""``orderintel import``: a merchant's files become history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import emit_json, progress, say, table
from serving.settings import load_settings

if TYPE_CHECKING:
    from features.history import HistoryProfile
    from features.history_writing import WriteResult
    from features.mapping import ImportReport
    from features.mapping.report import Cause


def import_history(
    mapping: Annotated[Path, typer.Argument(help="Mapping document (YAML); see docs/mapping.md.")],
    root: Annotated[
        Path | None,
        typer.Option(help="Folder of the files; the mapping's own folder unless given."),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would be read and left out; write no history.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output.")
    ] = False,
) -> None:
    """Turn a merchant's files into history, as one mapping document says.

    Nothing is half-written: a failed import leaves the history as it was, and the same files
    imported twice change nothing.
    """
    document = run_import(mapping, root, check=check)
    if as_json:
        emit_json(document)


def run_import(
    mapping_path: Path, root: Path | None = None, *, check: bool = False
) -> dict[str, Any]:
    """Import the files of one mapping into the history of HOME, and tell what happened.

    Parameters
    ----------
    mapping_path
        The mapping document.
    root
        Folder of its files; the document's own unless given.
    check
        Read everything and write no history.

    Returns
    -------
    dict
        ``mapping``, ``changed``, ``read``, ``left_out``, ``unknown``, ``rows`` and, unless only
        checked, ``history``.
    """
    from features.history_writing import write_history
    from features.mapping import read_mapping, run_mapping
    from features.mapping.digest import source_digest
    from serving.secret import tenant_secret

    settings = load_settings()
    mapping = read_mapping(mapping_path)
    folder = root or mapping_path.parent
    settings.home.mkdir(parents=True, exist_ok=True)
    with progress(f"importing {mapping.name}") as advance:

        def step(_sentence: str) -> None:
            advance(1)

        secret, scratch = tenant_secret(settings), settings.home / "import"
        with run_mapping(mapping, folder, secret, scratch=scratch, on_step=step) as imported:
            result = (
                None
                if check
                else write_history(
                    settings.history_folder,
                    imported.tables,
                    imported.profile,
                    source=mapping.name,
                    source_digest=source_digest(mapping, mapping_path, folder),
                    on_step=step,
                )
            )
    _tell_report(imported.report)
    document = {"mapping": mapping.name, "changed": False, **imported.report.to_document()}
    if result is None:
        counts = ", ".join(f"{count:,} {name}" for name, count in imported.report.rows.items())
        say(f"checked: {counts}; nothing was written · 已检查，没有写入")
        return document
    _tell_history(result)
    return document | {"changed": result.changed, "history": _summary(result.profile)}


def _summary(profile: HistoryProfile) -> dict[str, Any]:
    from models.backtest import abilities

    return {
        "rows": profile.rows,
        "attributes": profile.attributes,
        "entities": profile.entities,
        "labels": {kind: label.maturity_days for kind, label in profile.labels.items()},
        "models": abilities(profile),
    }


def _tell_report(report: ImportReport) -> None:
    for name, count in report.read.items():
        say(f"read {count:,} rows of {name} · 已读取 {count:,} 行")
    _tell_causes("left out · 已剔除", "rows 行数", report.left_out)
    _tell_causes("values that count as unknown · 按未知处理的值", "values 个数", report.unknown)


def _tell_causes(title: str, counted: str, causes: list[Cause]) -> None:
    """Print what happened by cause, in both languages."""
    from features.mapping.chinese import in_chinese

    if causes:
        rows = [
            (
                c.where,
                f"{c.count:,}",
                "\n".join(filter(None, (c.what, in_chinese(c.what)))),
                c.example,
            )
            for c in causes
        ]
        table(title, ("from 来自", counted, "because 原因", "for example 例如"), rows)


def _tell_history(result: WriteResult) -> None:
    from features.mapping.chinese import in_chinese
    from models.backtest import abilities

    counts = ", ".join(f"{count:,} {name}" for name, count in result.profile.rows.items())
    say(f"the history holds {counts} · 历史数据现有以上各行")
    for model, reason in abilities(result.profile).items():
        if reason is None:
            say(f"  {model}: supported · 可用")
        else:
            zh = in_chinese(reason)
            say(f"  {model}: not supported: {reason} · 不可用{f'：{zh}' if zh else ''}")
    if not result.changed:
        say("nothing changed: all of this was in the history already · 没有变化：都已在历史数据里")
