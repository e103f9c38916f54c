"""Traces for OpenTelemetry, when ``OTEL_EXPORTER_OTLP_ENDPOINT`` names a collector.

Nothing of the library is loaded otherwise. It is configured by its own variables, such as
``OTEL_SERVICE_NAME`` and ``OTEL_TRACES_SAMPLER``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from serving.logs import logger

if TYPE_CHECKING:
    from fastapi import FastAPI

    from serving.scoring.stages import Laps

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NAME: Final = "order-intelligence"
UNTRACED: Final = "livez,readyz,metrics,console/static"
"""Addresses that are asked all the time and tell nothing."""


class Telemetry:
    """Spans of requests and of the stages of their decisions.

    Parameters
    ----------
    provider
        OpenTelemetry's tracer provider.
    """

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME)

    def watch(self, app: FastAPI) -> None:
        """Make a span of each request, with its route, method and status."""
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        FastAPIInstrumentor.instrument_app(
            app,
            tracer_provider=self._provider,
            excluded_urls=UNTRACED,
            exclude_spans=["receive", "send"],
        )

    def stages(self, laps: Laps) -> None:
        """Make a span of each stage of a decision, below the request's."""
        at = laps.began_ns
        for stage, seconds in laps.seconds:
            span = self._tracer.start_span(f"decision {stage}", start_time=at)
            at += int(seconds * 1e9)
            span.end(end_time=at)

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()


def open_telemetry(environment: dict[str, str] | None = None) -> Telemetry | None:
    """Give the traces that the environment asks for, or None.

    Parameters
    ----------
    environment
        Variables; the process's own unless given.
    """
    found = os.environ if environment is None else environment
    if not any(found.get(name) for name in ENDPOINTS) or found.get("OTEL_SDK_DISABLED") == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        logger().warning("no traces", why="install order-intelligence[telemetry]")
        return None
    named = {} if found.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: NAME}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Telemetry(provider)
