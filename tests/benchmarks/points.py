"""The index of points of interest: right in the top three, time and memory, on a million points.

``python -m tests.benchmarks.points`` makes the points, builds the index in a process of its own,
asks spoilt questions in another, and prints what both took. The peer in the same run compares
every name of the county (rapidfuzz), which is what one writes first.

The points are made up: names in the style of Chinese estates, offices and shops over the real
counties, a few counties having most of them. Names and doors are unique within a county, since
nobody can tell two places of one name apart.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.address.gazetteer import china
from features.address.meanings import COUNTY
from features.address.points import Point
from serving.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from features.address.points_index import PointFile

Question = tuple[str, str, Point]
"""Kind of noise, text, and the point that is meant."""

SEED: Final = 20_260_301
GOAL_TOP3: Final = 0.995
GOAL_P95_MS: Final = 1.0
GOAL_MEMORY_GB: Final = 1.0
ASKED_PEER: Final = 200

FIRST: Final = re.findall(
    r"\w+",
    (
        "汤臣 万科 绿地 金地 保利 中海 华润 龙湖 恒大 碧桂 融创 招商 世茂 远洋 "
        "星河 金茂 建发 阳光 锦绣 紫金 东方 和平 翠湖 御景 明珠 香榭 丽景 江南 "
        "凤凰 鑫源 宏达 瑞景 天润 嘉禾 银泰 康桥 北辰 南湖 西溪 滨江 云栖 桃源 "
        "梧桐 银杏 枫林 兰亭 竹苑 荷塘 松涛 海棠 玫瑰 百合 观澜 听涛 揽月 临风 "
        "怡和 祥云 富力 九龙 鹏程 永安 长兴 泰和 盛世 时代 未来 创新 启迪 智慧 "
        "高新 软件 文化 艺术 学府 书香 名士 尚品 优筑 领秀 国宾 首府 铂悦 云玺 "
        "天誉 壹号 半岛 水岸 河畔 山语 森林 原野 田园 城市 都会"
    ),
)
SECOND: Final = re.findall(
    r"\w+",
    (
        "春晓 朝晖 暮云 新城 公馆 名邸 华庭 豪庭 雅居 佳园 国际 天地 世家 印象 "
        "风情 传奇 故里 人家 水郡 山庄 别院 绿洲 花城 星城 金座 银座 名都 帝景 "
        "尊府 悦府 澜湾 港湾 左岸 右岸 东岸 西岸 一品 御府 上院 文苑 学苑 康苑 "
        "怡苑 丽苑 景苑 馨苑 嘉苑 福苑 禧园 颐园 静园 逸园 沁园 瑞园 锦园 翠园 "
        "芳园 梅园 兰园 竹园 菊园"
    ),
)
LAST: Final = re.findall(
    r"\w+",
    (
        "花园 豪园 家园 小区 公寓 大厦 广场 中心 商务楼 科技园 产业园 工业园 写字楼 "
        "新村 一期 二期 三期 东区 西区 南区 北区 幼儿园 超市 便利店 药房 菜鸟驿站 "
        "丰巢柜 体育馆 酒店 宾馆"
    ),
)
ROADS: Final = re.findall(
    r"\w+",
    (
        "中山 人民 解放 建设 和平 文化 新华 胜利 光明 友谊 长江 黄河 淮海 南京 "
        "北京 上海 广州 天津 西湖 东湖 云河 金沙 桂林 延安 井冈 太行 泰山 华山 "
        "衡山 嵩山 迎宾 站前 工农 学院 科技 创业 兴业 振兴 富民 康宁 安康 滨河 "
        "沿江 环城 外环 内环 机场 港口 园区 开元 洪武 永乐 康熙 乾隆 嘉庆 文三 "
        "文二 体育 育才 师大 医院 公园"
    ),
)
KINDS: Final = ("路", "大道", "街", "东路", "西路", "南路", "北路", "巷", "一路", "二路", "中路")


def made(n: int, seed: int) -> Iterator[Point]:
    """Make points, a few counties having most of them."""
    draw = random.Random(seed)  # noqa: S311 test data
    counties = [node.code for node in china().nodes if node.level == COUNTY]
    draw.shuffle(counties)
    sums = list(accumulate(1 / (rank + 20) ** 0.8 for rank in range(len(counties))))
    taken: set[int] = set()
    while n:
        adcode = draw.choices(counties, cum_weights=sums)[0]
        name = draw.choice(FIRST) + draw.choice(SECOND) + draw.choice(LAST)
        road = draw.choice(ROADS) + draw.choice(KINDS)
        number = f"{draw.randint(1, 1999)}{draw.choice('号号号弄')}"
        own = {hash((adcode, name)), hash((adcode, road + number))}
        if own & taken:
            continue
        taken |= own
        n -= 1
        yield Point(adcode, name, road, number, 30.0, 120.0)


def _typo(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text))
    return text[:at] + draw.choice("大小天地人和春秋江海") + text[at + 1 :]


def _homophone(text: str, draw: random.Random) -> str:
    """Replace a character by one that sounds like it."""
    alike = {char: group for group in china().sounds.values() for char in group}
    places = [at for at, char in enumerate(text) if len(alike.get(char, "")) > 1]
    at = draw.choice(places)
    others = [char for char in alike[text[at]] if char != text[at]]
    return text[:at] + draw.choice(others) + text[at + 1 :]


def _dropped(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _swapped(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


NOISE: Final[dict[str, Callable[[Point, random.Random], str]]] = {
    "as it is": lambda p, _: f"{p.street}{p.house}{p.name}",
    "name only": lambda p, _: p.name or "",
    "road and number": lambda p, _: f"{p.street}{p.house}",
    "typo, name only": lambda p, d: _typo(p.name or "", d),
    "typo in the name": lambda p, d: f"{p.street}{_typo(p.name or '', d)}",
    "homophone, name only": lambda p, d: _homophone(p.name or "", d),
    "two homophones": lambda p, d: _homophone(_homophone(f"{p.street}{p.name}", d), d),
    "character left out": lambda p, d: f"{p.street}{p.house}{_dropped(p.name or '', d)}",
    "characters swapped": lambda p, d: f"{p.house}{_swapped(p.name or '', d)}",
    "number without 号, words around": lambda p, d: (
        f"{p.street}{(p.house or '')[:-1]} {p.name}{d.choice(('旁边', '附近', '3栋502', '门口'))}"
    ),
    "name first": lambda p, _: f"{p.name} {p.street}{p.house}",
}


@dataclass
class Told:
    """What came of the questions."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    first: int = 0
    ms: list[float] = field(default_factory=list)
    gb: float = 0.0
    peer_right: float = 0.0
    peer_ms: float = 0.0


def ask(folder: Path, questions: Sequence[Question]) -> Told:
    """Ask every question with its county known."""
    from features.address.points_index import PointFile

    index = PointFile(folder)
    for _, text, point in questions[:200]:
        index.search(text, [point.adcode])
    told = Told()
    for kind, text, point in questions:
        started = time.process_time()
        found = index.search(text, [point.adcode])
        told.ms.append(1000 * (time.process_time() - started))
        told.asked[kind] += 1
        points = [_named(match.point) for match in found]
        told.right[kind] += _named(point) in points
        told.first += points[:1] == [_named(point)]
    told.gb = memory_gb()
    told.peer_right, told.peer_ms = _peer(index, questions[:ASKED_PEER])
    return told


def _peer(index: PointFile, questions: Sequence[Question]) -> tuple[float, float]:
    """Compare every name of the county, as one would write it first: share right, and mean ms."""
    from rapidfuzz import fuzz, process

    right, spent = 0, 0.0
    for _, text, point in questions:
        known = [index.point(at) for at in range(*index.range_of(point.adcode))]
        names = [each.text for each in known]
        started = time.process_time()
        best = process.extract(text, names, scorer=fuzz.WRatio, limit=3)
        spent += time.process_time() - started
        right += _named(point) in [_named(known[at]) for *_, at in best]
    return right / len(questions), 1000 * spent / len(questions)


def _named(point: Point) -> tuple[str | None, str | None, str | None]:
    return point.name, point.street, point.house


def questions_of(n: int, n_points: int) -> list[Question]:
    """Draw points and spoil what is known of them, by a seed of its own."""
    draw = random.Random(SEED + 1)  # noqa: S311 test data
    wanted = set(draw.sample(range(n_points), n))
    drawn = [point for at, point in enumerate(made(n_points, SEED)) if at in wanted]
    draw.shuffle(drawn)
    kinds = list(NOISE)
    spoilt = []
    for at, point in enumerate(drawn):
        kind = kinds[at % len(kinds)]
        spoilt.append((kind, NOISE[kind](point, draw), point))
    return spoilt


def memory_gb() -> float:
    """Give the most memory this process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=5_500)
    parser.add_argument("--step", choices=tuple(STEPS), help="one step, in this process")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step is not None:
        told = STEPS[given.step](given.folder, given.points)
        (given.folder / "told.json").write_text(json.dumps(told))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "index").mkdir()
        built = _run("build", folder, given.points)
        took = f"{built['seconds']:.0f} CPU-s and {built['gb']:.2f} GB"
        say(f"{given.points:,} points, made and built in {took}")
        asked = questions_of(given.questions, given.points)
        rows = [(kind, text, asdict(point)) for kind, text, point in asked]
        (folder / "questions.json").write_text(json.dumps(rows))
        _print(_run("ask", folder, given.points))
        size = sum(file.stat().st_size for file in (folder / "index").iterdir())
        say(f"on disk {size / 1e6:,.0f} MB")


def _run(step: str, folder: Path, n_points: int) -> dict[str, Any]:
    """Do a step in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "tests.benchmarks.points", f"--step={step}"]
    size = [f"--folder={folder}", f"--points={n_points}"]
    subprocess.run([*command, *size], check=True)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return told


def _build(folder: Path, n_points: int) -> dict[str, float]:
    from features.address.points_index import build

    started = time.process_time()
    build(made(n_points, SEED), folder / "index")
    return {"seconds": time.process_time() - started, "gb": memory_gb()}


def _ask(folder: Path, _n_points: int) -> dict[str, Any]:
    rows = json.loads((folder / "questions.json").read_text())
    return vars(ask(folder / "index", [(kind, text, Point(**p)) for kind, text, p in rows]))


STEPS: Final[dict[str, Callable[[Path, int], dict[str, Any]]]] = {"build": _build, "ask": _ask}


def _print(told: dict[str, Any]) -> None:
    """Print what came of the questions, beside the goals and the peer."""
    for kind, n in told["asked"].items():
        say(f"  {kind:<32}{told['right'].get(kind, 0) / n:9.2%}")
    n_asked = sum(told["asked"].values())
    share, ms = sum(told["right"].values()) / n_asked, sorted(told["ms"])
    p50, p95, p99 = (ms[int(q * len(ms))] for q in (0.5, 0.95, 0.99))
    mean = sum(ms) / len(ms)
    say(f"top 3, county known {share:.2%}, goal ≥ {GOAL_TOP3:.1%}: {_met(share >= GOAL_TOP3)}")
    say(f"top 1 {told['first'] / n_asked:.2%}")
    say(f"CPU ms p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, goal p95 ≤ {GOAL_P95_MS:g}: "
        f"{_met(p95 <= GOAL_P95_MS)}")  # fmt: skip
    say(f"memory while asked {told['gb']:.2f} GB, goal ≤ {GOAL_MEMORY_GB:g}: "
        f"{_met(told['gb'] <= GOAL_MEMORY_GB)}")  # fmt: skip
    say(f"peer, rapidfuzz over the county: {told['peer_right']:.2%} at {told['peer_ms']:.2f} ms, "
        f"{told['peer_ms'] / mean:.1f} × our mean")  # fmt: skip


def _met(is_met: bool) -> str:
    return "met" if is_met else "not reached"


if __name__ == "__main__":
    main()
