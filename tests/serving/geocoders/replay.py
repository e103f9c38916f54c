"""A server on this machine that answers as providers document it: written here, after their pages.

Every address, key and coordinate in the answers is made up.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from features.address.datum import gcj02_to_bd09, wgs84_to_gcj02

if TYPE_CHECKING:
    from collections.abc import Iterator

DOOR = (30.2809, 120.1267)
"""Where the door of the Chinese answers is, WGS-84; each provider tells it in its own datum."""
GCJ02 = tuple(round(degrees, 6) for degrees in wgs84_to_gcj02(*DOOR))
BD09 = tuple(round(degrees, 6) for degrees in gcj02_to_bd09(*wgs84_to_gcj02(*DOOR)))

AMAP: dict[str, Any] = {
    "status": "1",
    "info": "OK",
    "infocode": "10000",
    "count": "1",
    "geocodes": [
        {
            "formatted_address": "浙江省杭州市西湖区文三路398号",
            "country": "中国",
            "province": "浙江省",
            "citycode": "0571",
            "city": "杭州市",
            "district": "西湖区",
            "township": [],
            "neighborhood": {"name": [], "type": []},
            "building": {"name": [], "type": []},
            "adcode": "330106",
            "street": "文三路",
            "number": "398号",
            "location": f"{GCJ02[1]},{GCJ02[0]}",
            "level": "门牌号",
        }
    ],
}
BAIDU: dict[str, Any] = {
    "status": 0,
    "result": {
        "location": {"lng": BD09[1], "lat": BD09[0]},
        "precise": 1,
        "confidence": 80,
        "comprehension": 100,
        "level": "门址",
    },
}
TENCENT: dict[str, Any] = {
    "status": 0,
    "message": "query ok",
    "result": {
        "title": "文三路398号",
        "location": {"lng": GCJ02[1], "lat": GCJ02[0]},
        "ad_info": {"adcode": "330106"},
        "address_components": {
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "street": "文三路",
            "street_number": "398号",
        },
        "similarity": 0.99,
        "deviation": 1000,
        "reliability": 9,
        "level": 9,
    },
}
GOOGLE: dict[str, Any] = {
    "status": "OK",
    "results": [
        {
            "formatted_address": "5 Main St, Boston, MA 02129, USA",
            "types": ["street_address"],
            "geometry": {"location": {"lat": 42.372, "lng": -71.061}, "location_type": "ROOFTOP"},
            "address_components": [
                {"long_name": "5", "short_name": "5", "types": ["street_number"]},
                {"long_name": "Main Street", "short_name": "Main St", "types": ["route"]},
                {"long_name": "Boston", "short_name": "Boston", "types": ["locality", "political"]},
                {
                    "long_name": "Massachusetts",
                    "short_name": "MA",
                    "types": ["administrative_area_level_1", "political"],
                },
                {
                    "long_name": "United States",
                    "short_name": "US",
                    "types": ["country", "political"],
                },
            ],
        }
    ],
}
NOMINATIM: list[dict[str, Any]] = [
    {
        "place_id": 1,
        "lat": "42.372",
        "lon": "-71.061",
        "category": "place",
        "type": "house",
        "place_rank": 30,
        "importance": 0.1,
        "addresstype": "place",
        "display_name": "5, Main Street, Boston, Massachusetts, 02129, United States",
        "address": {
            "house_number": "5",
            "road": "Main Street",
            "city": "Boston",
            "state": "Massachusetts",
            "country": "United States",
            "country_code": "us",
        },
    }
]
GOOD: dict[str, Any] = {
    "amap": AMAP,
    "baidu": BAIDU,
    "tencent": TENCENT,
    "google": GOOGLE,
    "nominatim": NOMINATIM,
}
PATHS = {
    "/v3/geocode/geo": "amap",
    "/geocoding/v3/": "baidu",
    "/ws/geocoder/v1/": "tencent",
    "/maps/api/geocode/json": "google",
    "/search": "nominatim",
}


@dataclass
class Script:
    """What the server answers, and what it was asked.

    ``answers`` holds, by provider, a document, raw bytes, or an HTTP status; ``delay`` seconds
    before each answer, ``trickle`` seconds between its bytes; while ``may_answer`` is cleared, none
    comes.
    """

    answers: dict[str, Any] = field(default_factory=lambda: dict(GOOD))
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    trickle: float = 0.0
    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def fail_all(self, answer: Any) -> None:
        """Answer the same to every call."""
        self.answers = dict.fromkeys(GOOD, answer)

    def calls(self, provider: str) -> int:
        """Count the calls to a provider."""
        return sum(name == provider for name, _ in self.asked)


@contextmanager
def replaying() -> Iterator[Script]:
    """Serve a script on a free port until the block ends."""
    script = Script()
    script.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider = PATHS.get(parts.path, parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            script.asked.append((provider, query))
            time.sleep(script.delay)
            script.may_answer.wait()
            with suppress(BrokenPipeError, ConnectionResetError):
                self._answer(script.answers.get(provider, 404))

        def _answer(self, answer: Any) -> None:
            if isinstance(answer, int):
                self.send_response(answer)
                for name, value in script.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            step = 64 if script.trickle else len(body) or 1
            for at in range(0, len(body), step):
                self.wfile.write(body[at : at + step])
                self.wfile.flush()
                time.sleep(script.trickle)

        def log_message(self, *_given: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        script.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
