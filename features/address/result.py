"""What a resolved address is."""

from __future__ import annotations

from typing import Any, Final

from features.address.record import Record

PRECISIONS: Final = (
    "unknown", "country", "province", "city", "district",
    "township", "street", "house", "building", "unit",
)  # fmt: skip
"""Names of the levels 0 to 9: how exactly an address is known."""


DATUM: Final = "WGS-84"
"""Datum of every coordinate that is given or stored."""
LARGE_TO_SMALL: Final = frozenset({None, "CN", "HK", "MO", "TW", "JP"})
"""Countries that write the largest part first and nothing between the parts."""


class Candidate(Record, frozen=True):
    """One reading of the divisions of an address.

    Parameters
    ----------
    province, city, district
        Names, or None where the reading says nothing.
    adcode
        GB/T 2260 code of the deepest division, or None outside China.
    confidence
        How likely this reading is, in [0, 1].

    Examples
    --------
    >>> Candidate("浙江省", "杭州市", "西湖区", "330106", 0.97321).document()["confidence"]
    0.9732
    """

    province: str | None
    city: str | None
    district: str | None
    adcode: str | None
    confidence: float

    def document(self) -> dict[str, Any]:
        """Write the candidate as a JSON-able document."""
        return {
            "province": self.province,
            "city": self.city,
            "district": self.district,
            "adcode": self.adcode,
            "confidence": round(self.confidence, 4),
        }


class Resolution(Record, frozen=True):
    """A resolved address; None always means unknown.

    Parameters
    ----------
    raw
        The text as it came.
    country
        ISO 3166 alpha-2 code.
    province, city, district, township
        Divisions by their full names of today.
    street, house, building, unit
        Road, number on it (with its lane), building, and unit with floor and room.
    postal
        Postal code as written.
    adcode
        GB/T 2260 code of the deepest division known.
    lat, lon
        Centre of the deepest division known, in degrees of ``datum``; None above the city.
    radius_m
        Metres around that centre within which the place lies, as far as is known.
    level
        How exactly the address is known: 0 unknown to 9 unit.
    confidence
        How likely the divisions are right and none that the text names is left out, in [0, 1].
    candidates
        At most three readings of the divisions, likeliest first.
    estate
        Name between road and building: an estate, a mall, a village.
    room
        Room, as part of ``unit``.
    phone, name, email
        Personal details lifted out of the text.
    remarks
        Wishes to the courier lifted out of the text.
    inferred
        Levels that the text does not name.
    replaced
        Former names in the text, the names that took their place, and the year of the change.
    corrected
        Misspelt names in the text, with what they were read as.
    is_masked
        Whether the channel has hidden a part behind asterisks.
    unusable
        What could not be used, for the person who has to mend it.
    """

    raw: str
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    township: str | None = None
    street: str | None = None
    house: str | None = None
    building: str | None = None
    unit: str | None = None
    postal: str | None = None
    adcode: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: int | None = None
    level: int = 0
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    estate: str | None = None
    room: str | None = None
    phone: str | None = None
    name: str | None = None
    email: str | None = None
    remarks: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str, int], ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    is_masked: bool = False
    unusable: tuple[str, ...] = ()

    @property
    def precision(self) -> str:
        """Name of the level.

        Examples
        --------
        >>> Resolution("", level=7).precision
        'house'
        """
        return PRECISIONS[self.level]

    @property
    def datum(self) -> str | None:
        """Name the datum of the coordinates; None without any.

        Examples
        --------
        >>> Resolution("", lat=30.2, lon=120.1).datum, Resolution("").datum
        ('WGS-84', None)
        """
        return None if self.lat is None else DATUM

    @property
    def standard(self) -> str:
        """Write the address the standard way, with what is known and nothing else.

        Examples
        --------
        >>> Resolution("", country="CN", province="上海市", city="上海市", district="浦东新区",
        ...            street="张江路", house="288弄").standard
        '上海市浦东新区张江路288弄'
        >>> Resolution("", country="US", city="Boston", street="Main St", house="5").standard
        '5 Main St, Boston, US'
        """
        if self.country in LARGE_TO_SMALL:
            written = (self.province, self.city, self.district, self.township, self.street,
                       self.house, self.estate, self.building, self.unit)  # fmt: skip
            return "".join(dict.fromkeys(filter(None, written)))
        line = " ".join(part for part in (self.house, self.street) if part)
        parts = (self.unit, self.building, line, self.city, self.province, self.postal,
                 self.country)  # fmt: skip
        return ", ".join(dict.fromkeys(filter(None, parts)))

    def document(self) -> dict[str, Any]:
        """Write the resolution as a JSON-able document: the fields of a line out, no personal data.

        Examples
        --------
        >>> sorted(Resolution("x").document())[:4]
        ['building', 'candidates', 'city', 'confidence']
        """
        return {
            "country": self.country,
            "province": self.province,
            "city": self.city,
            "district": self.district,
            "street": self.street,
            "house": self.house,
            "building": self.building,
            "unit": self.unit,
            "lat": self.lat,
            "lon": self.lon,
            "precision": self.precision,
            "confidence": round(self.confidence, 4),
            "candidates": [candidate.document() for candidate in self.candidates],
        }
