"""First-level divisions of the countries with a grammar of their own, by the codes of GeoNames."""

from __future__ import annotations

from typing import Final

US: Final[dict[str, str]] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming",
}  # fmt: skip
GB: Final[dict[str, str]] = {
    "ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland",
}  # fmt: skip
DE: Final[dict[str, str]] = {
    "01": "Baden-Württemberg", "02": "Bayern", "03": "Bremen", "04": "Hamburg", "05": "Hessen",
    "06": "Niedersachsen", "07": "Nordrhein-Westfalen", "08": "Rheinland-Pfalz", "09": "Saarland",
    "10": "Schleswig-Holstein", "11": "Brandenburg", "12": "Mecklenburg-Vorpommern",
    "13": "Sachsen", "14": "Sachsen-Anhalt", "15": "Thüringen", "16": "Berlin",
}  # fmt: skip
BR_CODES: Final[dict[str, str]] = {
    "AC": "Acre", "AL": "Alagoas", "AP": "Amapá", "AM": "Amazonas", "BA": "Bahia", "CE": "Ceará",
    "DF": "Distrito Federal", "ES": "Espírito Santo", "GO": "Goiás", "MA": "Maranhão",
    "MT": "Mato Grosso", "MS": "Mato Grosso do Sul", "MG": "Minas Gerais", "PA": "Pará",
    "PB": "Paraíba", "PR": "Paraná", "PE": "Pernambuco", "PI": "Piauí", "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte", "RS": "Rio Grande do Sul", "RO": "Rondônia", "RR": "Roraima",
    "SC": "Santa Catarina", "SP": "São Paulo", "SE": "Sergipe", "TO": "Tocantins",
}  # fmt: skip
_BR_NUMBERS: Final[dict[str, str]] = {
    "01": "AC", "02": "AL", "03": "AP", "04": "AM", "05": "BA", "06": "CE", "07": "DF",
    "08": "ES", "11": "MS", "13": "MA", "14": "MT", "15": "MG", "16": "PA", "17": "PB",
    "18": "PR", "20": "PI", "21": "RJ", "22": "RN", "23": "RS", "24": "RO", "25": "RR",
    "26": "SC", "27": "SP", "28": "SE", "29": "GO", "30": "PE", "31": "TO",
}  # fmt: skip
BR: Final = {number: BR_CODES[code] for number, code in _BR_NUMBERS.items()}
JP_ROMAN: Final[dict[str, str]] = {
    "aichi": "愛知県", "akita": "秋田県", "aomori": "青森県", "chiba": "千葉県",
    "ehime": "愛媛県", "fukui": "福井県", "fukuoka": "福岡県", "fukushima": "福島県",
    "gifu": "岐阜県", "gunma": "群馬県", "hiroshima": "広島県", "hokkaido": "北海道",
    "hyogo": "兵庫県", "ibaraki": "茨城県", "ishikawa": "石川県", "iwate": "岩手県",
    "kagawa": "香川県", "kagoshima": "鹿児島県", "kanagawa": "神奈川県", "kochi": "高知県",
    "kumamoto": "熊本県", "kyoto": "京都府", "mie": "三重県", "miyagi": "宮城県",
    "miyazaki": "宮崎県", "nagano": "長野県", "nagasaki": "長崎県", "nara": "奈良県",
    "niigata": "新潟県", "oita": "大分県", "okayama": "岡山県", "osaka": "大阪府",
    "saga": "佐賀県", "saitama": "埼玉県", "shiga": "滋賀県", "shimane": "島根県",
    "shizuoka": "静岡県", "tochigi": "栃木県", "tokushima": "徳島県", "tokyo": "東京都",
    "tottori": "鳥取県", "toyama": "富山県", "wakayama": "和歌山県", "yamagata": "山形県",
    "yamaguchi": "山口県", "yamanashi": "山梨県", "okinawa": "沖縄県",
}  # fmt: skip
"""Prefectures in Latin letters, in the order of their codes."""

JP: Final = {f"{number:02}": name for number, name in enumerate(JP_ROMAN.values(), start=1)}

DIVISIONS: Final = {"US": US, "GB": GB, "DE": DE, "BR": BR, "JP": JP}
"""Country code to division code to name."""
