"""SQL macros that a compiled mapping calls; each does one conversion, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.money import EXPONENTS

if TYPE_CHECKING:
    import duckdb

EXACT: Final = "DECIMAL(28,9)"
FACTOR: Final = "DECIMAL(19,6)"
"""Wide enough that DuckDB multiplies in 128 bits; at 18 digits it would overflow."""

FIRST_MOMENT: Final = "1970-01-03 00:00:00+00"
"""Before it stand only clocks that were never set: at 0 in some zone, or in year 1."""

END: Final = "2100-01-01 00:00:00+00"

_WIDE: Final = "０１２３４５６７８９．，＋－￥"
_NARROW: Final = "0123456789.,+-¥"
_SIGN: Final = "[A-Z]{0,2}[¥$€£₩₹฿₫₱₽₺₴₪]|元|円|원|RM|RMB|Rp|zł|Kč|kr|Ft|лв|руб"
_MONEY: Final = f"(?:{_SIGN}|{'|'.join(EXPONENTS)})\\.?"
"""What stands beside an amount and is no part of its number."""

_DAY: Final = "\\d{4}-\\d{1,2}-\\d{1,2}"
_TIME: Final = "\\d{1,2}(?::\\d\\d){0,2}(?:\\.\\d+)?"
_SIGNLESS: Final = (
    "(19|20)\\d\\d(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])(T?([01]\\d|2[0-3])[0-5]\\d[0-5]\\d)?"
)
ZONES: Final = {
    "EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00",
    "PST": "-08:00", "PDT": "-07:00", "CET": "+01:00", "CEST": "+02:00", "EET": "+02:00",
    "EEST": "+03:00", "JST": "+09:00", "KST": "+09:00", "HKT": "+08:00", "SGT": "+08:00",
    "AEST": "+10:00", "AEDT": "+11:00",
}  # fmt: skip
"""Words of time zones that mean one offset; CST is in Chicago as in Shanghai, BST in two places."""

_ANY_ZONE: Final = f" (?:{'|'.join(ZONES)})$"
_WIDE_MOMENT: Final = "０１２３４５６７８９：－／．　"
_NARROW_MOMENT: Final = "0123456789:-/. "
_OFFSET: Final = "(?:Z|z|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?)"


def _in_turn(sql: str, replaced: dict[str, str]) -> str:
    """Write replacements of patterns, one within the other."""
    for pattern, text in replaced.items():
        sql = f"regexp_replace({sql}, '{pattern}', '{text}')"
    return sql


MACROS: Final[dict[str, str]] = {
    # Halves go to the even neighbour, on decimals and therefore without binary noise.
    "half_even(x)": (
        "CAST(floor(x) + CASE WHEN x - floor(x) > 0.5 "
        "OR (x - floor(x) = 0.5 AND floor(x) % 2 <> 0) THEN 1 ELSE 0 END AS BIGINT)"
    ),
    "text_of_float(x)": (
        "CASE WHEN isfinite(x) AND x = trunc(x) AND abs(x) < 1e15 "
        "THEN CAST(CAST(x AS BIGINT) AS VARCHAR) WHEN isfinite(x) THEN CAST(x AS VARCHAR) END"
    ),
    "stripped(x)": "trim(x, ' \t\r\n\u00a0\u3000\ufeff')",
    # Shops write ="123" and '123 so that a spreadsheet keeps every digit of an id.
    "plain_text(x)": (
        "nullif(CASE WHEN stripped(x)[1] IN ('=', '''') THEN "
        "regexp_replace(stripped(x), '^(?:=\"([^\"]*)\"|''(\\d[\\d.:/ -]*))$', '\\1\\2') "
        "ELSE stripped(x) END, '')"
    ),
    # Blanks and apostrophes only part groups.
    "bare_number(x)": (
        "regexp_replace(regexp_replace(regexp_replace("
        f"translate(trim(x), '{_WIDE}', '{_NARROW}'), "
        f"'^([-+]?)\\s*{_MONEY}\\s*', '\\1'), '\\s*{_MONEY}$', ''), "
        "'^([-+]?\\d{1,3})(?:[ \u00a0\u202f''’](\\d{3}))(?:[ \u00a0\u202f''’](\\d{3}))?"
        "((?:[.,]\\d+)?)$', '\\1\\2\\3\\4')"
    ),
    # A comma is no digit sign where it can only part groups: with a point behind it, or twice.
    "ungrouped(x)": (
        "CASE WHEN regexp_full_match(x, '[-+]?\\d{1,3}(,\\d{3})+\\.\\d+') "
        "OR regexp_full_match(x, '[-+]?\\d{1,3}(,\\d{3}){2,}') THEN replace(x, ',', '') ELSE x END"
    ),
    "exact_of_text(x)": (
        f"coalesce(TRY_CAST(x AS {EXACT}), TRY_CAST(ungrouped(bare_number(x)) AS {EXACT}))"
    ),
    "exact_of_float(x)": f"TRY_CAST(CAST(x AS VARCHAR) AS {EXACT})",
    "whole(x)": "CASE WHEN x = floor(x) THEN TRY_CAST(x AS BIGINT) END",
    "finite(x)": "CASE WHEN isfinite(x) THEN x END",
    "bool_of_text(x)": (
        "CASE WHEN lower(x) IN ('true', 't', 'yes', 'y', '1', '1.0', 'on', '是') THEN true "
        "WHEN lower(x) IN ('false', 'f', 'no', 'n', '0', '0.0', 'off', '否') THEN false END"
    ),
    # Typed in full width. Most texts are ASCII, where bytes are characters.
    "narrow(x)": (
        f"CASE WHEN strlen(x) > length(x) THEN translate(x, '{_WIDE_MOMENT}', "
        f"'{_NARROW_MOMENT}') ELSE x END"
    ),
    "zone_as_offset(x)": (
        f"CASE WHEN regexp_matches(x, '{_ANY_ZONE}') THEN "
        f"{_in_turn('x', {f' {word}$': f' {offset}' for word, offset in ZONES.items()})} "
        "ELSE x END"
    ),
    # DuckDB's own cast reads over what it does not know, such as PM: only whole forms reach it.
    "year_first(x)": (
        "regexp_replace(x, '^(\\d{4})[-/.年](\\d{1,2})[-/.月](\\d{1,2})日?', '\\1-\\2-\\3')"
    ),
    # Moments that stand without signs: 20260301, 20260301080500, a spreadsheet's day 46082.337.
    "signless(x)": (
        f"CASE WHEN regexp_full_match(x, '{_SIGNLESS}') THEN regexp_replace(regexp_replace(x, "
        "'^(\\d{4})(\\d\\d)(\\d\\d)', '\\1-\\2-\\3'), '(\\d\\d)T?(\\d\\d)(\\d\\d)(\\d\\d)$', "
        "'\\1 \\2:\\3:\\4') "
        "WHEN regexp_full_match(x, '[2-7]\\d{4}(\\.\\d+)?') THEN (TIMESTAMP '1899-12-30' "
        "+ to_microseconds(CAST(round(CAST(x AS DOUBLE) * 86400) * 1e6 AS BIGINT)))::VARCHAR END"
    ),
    "has_signs(x)": "x[5] IN ('-', '/', '.', '年')",
    "is_local(x)": f"regexp_full_match(x, '{_DAY}(?:[T ] *{_TIME})?')",
    "is_zoned(x)": f"regexp_full_match(x, '{_DAY}[T ] *{_TIME} *{_OFFSET}')",
    "with_offset(x)": (
        "regexp_replace(regexp_replace(x, ' *(?:Z|z|UTC|GMT)$', '+00:00'), "
        "' *([+-]\\d\\d):?(\\d\\d)?$', '\\1:\\2')"
    ),
    "instant_of_text(x, zone)": (
        "CASE WHEN NOT has_signs(x) THEN timezone(zone, TRY_CAST(signless(x) AS TIMESTAMP)) "
        "WHEN is_zoned(year_first(x)) "
        "THEN TRY_CAST(rtrim(with_offset(year_first(x)), ':') AS TIMESTAMPTZ) "
        "WHEN is_local(year_first(x)) "
        "THEN timezone(zone, TRY_CAST(year_first(x) AS TIMESTAMP)) END"
    ),
    "local_of_text(x, zone)": (
        "CASE WHEN NOT has_signs(x) THEN TRY_CAST(signless(x) AS TIMESTAMP) "
        "WHEN is_zoned(year_first(x)) THEN timezone(zone, instant_of_text(x, zone)) "
        "WHEN is_local(year_first(x)) THEN TRY_CAST(year_first(x) AS TIMESTAMP) END"
    ),
    "sane(x)": (
        f"CASE WHEN x >= TIMESTAMPTZ '{FIRST_MOMENT}' AND x < TIMESTAMPTZ '{END}' THEN x END"
    ),
    "start_of_day(x)": "date_trunc('day', x)",
    "end_of_day(x)": "date_trunc('day', x) + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros in a connection.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     install(connection)
    ...     connection.execute(
    ...         "SELECT half_even(266.5), half_even(267.5), half_even(-0.5)"
    ...     ).fetchone()
    (266, 268, 0)
    """
    for head, body in MACROS.items():
        connection.execute(f"CREATE TEMP MACRO {head} AS {body}")
