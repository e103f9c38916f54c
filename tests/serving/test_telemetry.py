"""Traces arrive at a collector: one span a request, one for each stage of its decision."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from serving.runtime import open_runtime
from serving.scoring.stages import STAGES
from serving.settings import Settings
from serving.telemetry import open_telemetry
from tests.serving.conftest import Clock, serving
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Run a collector that speaks OTLP over HTTP; gives the spans that came."""
    spans: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield spans
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_decision_is_traced_by_stage_below_the_callers_own_trace(
    collected: list[Any], tmp_path: Path
) -> None:
    clock = Clock()
    settings = Settings(home=tmp_path, log_level="ERROR")
    buyer = {"name": "王小明", "phone": "13912345678"}
    for service in serving(open_runtime(settings, clock=clock), clock):
        answer = service.score(
            order(buyer=buyer), headers={"traceparent": f"00-{TRACE}-{CALLER}-01"}
        )
        assert answer.status_code == 200
        service.client.get("/livez")

    (request,) = [span for span in collected if span.parent_span_id.hex() == CALLER]
    assert request.name == "POST /v1/orders/score"
    assert request.trace_id.hex() == TRACE
    below = [span for span in collected if span.parent_span_id == request.span_id]
    assert [span.name for span in sorted(below, key=lambda span: span.start_time_unix_nano)] == [
        f"decision {stage}" for stage in STAGES
    ]
    took = sum(span.end_time_unix_nano - span.start_time_unix_nano for span in below)
    assert 0 < took <= request.end_time_unix_nano - request.start_time_unix_nano
    assert not [span for span in collected if "livez" in span.name]
    said = "".join(map(str, collected))
    assert buyer["phone"] not in said
    assert "Bearer" not in said


def test_without_a_collector_nothing_of_the_library_is_loaded() -> None:
    assert open_telemetry({}) is None
    assert open_telemetry({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) is None
    switched_off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}
    assert open_telemetry(switched_off) is None

    asked = (
        "import sys; from serving.telemetry import open_telemetry; open_telemetry({}); "
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
