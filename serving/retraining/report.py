"""The report of a run: one page that needs nothing else, in Chinese and English, and its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from serving.retraining import pictures
from serving.whole import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE: Final = "retraining_report.html"
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
)
"""What a browser may do with the page: show its own styles, and nothing else."""

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("每周重新训练", "Weekly retraining"),
    "cut": ("截至时刻所知的信息", "what was known by"),
    "promoted": ("已上线", "promoted"),
    "would_promote": ("将会上线（试运行）", "would be promoted (dry run)"),
    "kept": ("沿用原模型", "kept as it was"),
    "judged": ("检验周", "judged on orders from"),
    "to": ("至", "to"),
    "excluded": ("未用于检验的订单", "orders not judged"),
    "check": ("检查", "check"),
    "reason": ("理由", "reason"),
    "challenger": ("候选模型", "challenger"),
    "champion": ("现用模型", "champion"),
    "saving": ("每千单节省（重抽样）", "saved per 1,000 orders (resampled)"),
    "resamples": ("次数", "resamples"),
    "money": ("金额", "money"),
    "calibration": ("校准：虚线为理想情况", "calibration; dashed is perfect"),
    "said": ("预测概率", "said"),
    "came": ("实际比例", "came"),
    "shift": (
        "近日分数：线=现用模型，柱=候选模型",
        "recent scores; line champion, bars challenger",
    ),
    "log_odds": ("对数几率", "log-odds"),
    "orders": ("订单", "orders"),
    "drift": ("漂移", "Drift"),
    "week": ("周", "week from"),
    "alarms": ("变化的列（PSI 超出偶然波动的部分）", "what changed (PSI beyond chance)"),
    "nothing": ("无", "nothing"),
    "quality": ("标签成熟前的预估", "Foreseen before labels mature"),
    "came_true": ("已成熟的四周：预估 → 实际", "four matured weeks: foreseen → came"),
    "caught_up": ("补做的周", "weeks caught up"),
    "false_alarms": ("每周误报概率上限", "chance of a false alarm a week, at most"),
    "seconds": ("用时（秒）", "seconds"),
}


def write_report(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write a run's page and its JSON.

    Parameters
    ----------
    folder
        ``HOME/reports``.
    document
        What the run found.

    Returns
    -------
    Path
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"retraining-{document['period']}.html"
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    for path, content in ((page.with_suffix(".json"), text), (page, page_of(document))):
        with whole(path) as draft:
            draft.write_text(content, "utf-8")
    return page


def page_of(document: Mapping[str, Any]) -> str:
    """Write the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = {
        (week["model"], challenger["recipe"], lang): Markup(_pictures(challenger, lang))  # noqa: S704 drawn from numbers, words escaped
        for week in document["models"]
        for challenger in week["challengers"]
        for lang in ("zh", "en")
    }
    return environment.get_template(TEMPLATE).render(run=document, words=WORDS, drawn=drawn)


def _pictures(challenger: Mapping[str, Any], lang: str) -> str:
    """Draw what the findings of a challenger have numbers for."""
    place = ("zh", "en").index(lang)

    def say(*names: str) -> list[str]:
        return [WORDS[name][place] for name in names]

    more = {finding["check"]: finding["more"] for finding in challenger["findings"]}
    drawn = []
    if "bars" in more.get("money", {}):
        money = more["money"]
        drawn.append(
            pictures.savings(money["bars"], money["edges"], say("saving", "money", "resamples"))
        )
    if more.get("calibration"):
        drawn.append(pictures.reliability(more["calibration"], say("calibration", "said", "came")))
    if more.get("shift"):
        shift = more["shift"]
        words = say("shift", "log_odds", "orders")
        drawn.append(pictures.scores(shift["before"], shift["after"], words))
    return "".join(drawn)
