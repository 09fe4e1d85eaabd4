"""OpenTelemetry spans become ours: ids settled with the catalog, then written like any others."""

import asyncio
from collections.abc import Mapping

from sightline.core.clock import Clock
from sightline.core.ids import Id
from sightline.domain.workspace import DEFAULT_PROJECT, Principal
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.trace_id_ledger import TraceIdLedger
from sightline.stores.catalog.engine import Catalog
from sightline.wire.otlp.build import build
from sightline.wire.otlp.counting import CountedParents
from sightline.wire.otlp.export import ExportRequest
from sightline.wire.otlp.ids import TraceIds, trace_starts_ms


class OtlpIngest:
    """Takes decoded OTLP requests. The first request that names a trace settles its id."""

    def __init__(self, ingest: Ingest, catalog: Catalog, clock: Clock) -> None:
        self._ingest = ingest
        self._ledger = TraceIdLedger(catalog, clock)
        self._clock = clock
        self._trace_ids = TraceIds()
        self._counted = CountedParents()

    async def write(self, who: Principal, request: ExportRequest, project_name: str | None) -> int:
        """Store the spans of a request; returns how many. They are on disk when it returns."""
        now_us = self._clock.now_us()
        workspace_id = who.workspace_id

        async def settle(proposed: Mapping[bytes, Id]) -> Mapping[bytes, Id]:
            return await self._ledger.settle(workspace_id, proposed)

        ids = await self._trace_ids.resolve(
            workspace_id,
            project_name or DEFAULT_PROJECT,
            trace_starts_ms(request, now_us),
            settle,
        )
        traces, spans = build(request, ids, now_us, project_name, counted=self._counted)
        await asyncio.gather(
            self._ingest.write_spans(who, spans, whole=True), self._ingest.write_traces(who, traces)
        )
        return len(spans)
