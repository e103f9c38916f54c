"""What the merchant sells: products with series and variants, prices, weights and habits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.draws import stream

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of goods.

    Parameters
    ----------
    code
        Start of its SKUs.
    path
        Category path.
    nouns
        What its products are called, Chinese and English.
    price_yuan
        Lowest and highest list price, yuan.
    weight_g
        Lightest and heaviest unit, grams.
    weight
        Relative demand.
    refund_logit
        How often it comes back, against the plainest goods.
    fragile_logit
        How often it arrives damaged.
    resale
        How easily it is turned into money, in [0, 1].
    summer
        Demand in June against November, log.
    sizes
        Whether its variants are sizes (else colours).
    repeat
        Whether people buy it again and again.
    """

    code: str
    path: str
    nouns: tuple[tuple[str, str], ...]
    price_yuan: tuple[float, float]
    weight_g: tuple[int, int]
    weight: float
    refund_logit: float
    fragile_logit: float
    resale: float
    summer: float
    sizes: bool = False
    repeat: bool = False


CATEGORIES: Final = (
    Category(
        "TEE", "服饰 > T恤",
        (("纯棉短袖T恤", "cotton tee"),
         ("速干Polo衫", "dry polo"),),
        (49, 159), (180, 320), 1.3, 1.35, 0.0, 0.1, 0.9, sizes=True,
    ),
    Category(
        "COA", "服饰 > 外套",
        (("轻薄羽绒服", "light down jacket"),
         ("防风夹克", "windbreaker"),),
        (199, 699), (500, 1100), 0.9, 1.6, 0.0, 0.25, -1.2, sizes=True,
    ),
    Category(
        "SHO", "鞋靴 > 运动鞋",
        (("缓震跑鞋", "running shoes"),
         ("板鞋", "sneakers"),),
        (189, 599), (700, 1100), 0.8, 1.5, 0.0, 0.4, 0.1, sizes=True,
    ),
    Category(
        "AUD", "数码 > 耳机",
        (("真无线降噪耳机", "noise cancelling earbuds"),
         ("头戴耳机", "headphones"),),
        (129, 1299), (60, 420), 1.2, 0.45, 0.3, 1.0, 0.0,
    ),
    Category(
        "CHG", "数码 > 充电",
        (("氮化镓充电器", "GaN charger"),
         ("移动电源", "power bank"),),
        (59, 329), (110, 450), 1.3, 0.2, 0.1, 0.55, 0.1,
    ),
    Category(
        "WAT", "数码 > 手表",
        (("智能手表", "smart watch"),),
        (299, 1999), (60, 120), 0.6, 0.5, 0.2, 1.0, 0.0,
    ),
    Category(
        "APP", "家电 > 小家电",
        (("空气循环扇", "air circulator"),
         ("加湿器", "humidifier"),
         ("电煮锅", "electric pot"),),
        (99, 499), (900, 3500), 0.9, 0.5, 0.7, 0.3, 0.5,
    ),
    Category(
        "KIT", "家居 > 餐厨",
        (("陶瓷碗碟套装", "ceramic dish set"),
         ("玻璃保鲜盒", "glass food box"),),
        (39, 229), (600, 2600), 1.0, 0.1, 1.6, 0.0, 0.0,
    ),
    Category(
        "STO", "家居 > 收纳",
        (("折叠收纳箱", "folding box"),
         ("真空压缩袋", "vacuum bags"),),
        (25, 129), (400, 2200), 1.1, -0.1, 0.2, 0.0, 0.0,
    ),
    Category(
        "BEA", "美妆 > 护肤",
        (("氨基酸洁面", "amino cleanser"),
         ("防晒霜", "sunscreen"),
         ("修护面霜", "repair cream"),),
        (69, 429), (80, 300), 1.3, 0.0, 0.4, 0.6, 0.4, repeat=True,
    ),
    Category(
        "BAB", "母婴 > 护理",
        (("婴儿纸尿裤", "baby diapers"),
         ("婴儿湿巾", "baby wipes"),),
        (39, 189), (800, 3200), 0.9, -0.6, 0.0, 0.15, 0.0, repeat=True,
    ),
    Category(
        "SNK", "食品 > 零食",
        (("每日坚果", "daily nuts"),
         ("手撕牛肉干", "beef jerky"),
         ("冻干咖啡", "freeze-dried coffee"),),
        (29, 159), (250, 1500), 1.5, -0.9, 0.2, 0.0, -0.2, repeat=True,
    ),
    Category(
        "OUT", "户外 > 露营",
        (("露营折叠椅", "camp chair"),
         ("速开帐篷", "pop-up tent"),),
        (79, 699), (900, 5200), 0.6, 0.4, 0.1, 0.1, 0.5,
    ),
    Category(
        "BAG", "箱包 > 双肩包",
        (("通勤双肩包", "commuter backpack"),
         ("登机箱", "cabin suitcase"),),
        (119, 699), (600, 3800), 0.7, 0.6, 0.1, 0.3, 0.2,
    ),
)  # fmt: skip
"""Categories of goods."""

PACKS: Final = (
    ("单件", "1P"),
    ("2件装", "2P"),
    ("3件装", "3P"),
    ("家庭装", "FAM"),
    ("礼盒", "BOX"),
)

COLOURS: Final = (
    ("黑色", "BLK"),
    ("白色", "WHT"),
    ("雾蓝", "BLU"),
    ("燕麦", "OAT"),
    ("墨绿", "GRN"),
)
SIZES: Final = (("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL"), ("2XL", "2XL"))


def catalog(seed: int, parameters: ShopParameters) -> Frame:
    """Make the catalogue.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.

    Returns
    -------
    Frame
        One row a SKU: ``sku, product_id, title, title_en, category, series, variant, weight_g,
        price_minor, cost_minor`` and hidden habits (``weight, refund_logit, fragile_logit, resale,
        summer, repeat, kind``).
    """
    import pandas as pd

    draw = stream(seed, "goods")
    n = parameters.basket.n_products
    shares = np.array([each.weight for each in CATEGORIES])
    kinds = np.sort(
        np.concatenate(
            [np.arange(len(CATEGORIES)),
             draw.choice(len(CATEGORIES), n - len(CATEGORIES), p=shares / shares.sum())]
        )
    )  # fmt: skip
    rows = []
    rank = draw.permutation(n)
    counts: dict[int, int] = {}
    for product, kind in enumerate(kinds):
        counts[kind] = number = counts.get(kind, 0) + 1
        rows += _variants(draw, parameters, CATEGORIES[kind], int(kind), number, int(rank[product]))
    return pd.DataFrame(rows)


def _variants(
    draw: np.random.Generator,
    parameters: ShopParameters,
    category: Category,
    kind: int,
    number: int,
    rank: int,
) -> list[dict[str, object]]:
    """Make the variants of one product."""
    zh, en = category.nouns[number % len(category.nouns)]
    low, high = category.price_yuan
    price = int(round(float(np.exp(draw.uniform(np.log(low), np.log(high)))), 0)) * 100 - 10
    weight_g = int(draw.integers(*category.weight_g))
    habit = float(draw.normal(0.0, parameters.aftermath.sku_spread))
    demand = (rank + 3.0) ** -parameters.basket.popularity_exponent * category.weight
    product = f"{category.code}-{number:02d}"
    cost = int(price * float(draw.uniform(0.42, 0.62)))
    names = SIZES if category.sizes else PACKS if category.repeat else COLOURS
    picked = sorted(draw.permutation(len(names))[: int(draw.integers(3, 6))].tolist())
    fade = draw.dirichlet(np.full(len(picked), 2.5))
    return [
        {
            "sku": f"{product}-{names[v][1]}",
            "product_id": product,
            "title": f"{zh} {number}代",
            "title_en": f"{en} gen {number}",
            "category": category.path,
            "series": product,
            "variant": names[v][0],
            "variant_code": names[v][1],
            "weight_g": weight_g,
            "price_minor": price,
            "cost_minor": cost,
            "weight": demand * float(fade[i]),
            "refund_logit": category.refund_logit + habit,
            "fragile_logit": category.fragile_logit,
            "resale": category.resale,
            "summer": category.summer,
            "repeat": category.repeat,
            "kind": kind,
        }
        for i, v in enumerate(picked)
    ]
