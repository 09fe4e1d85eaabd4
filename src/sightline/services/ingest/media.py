"""Cuts large base64 media out of payloads and keeps them as attachments."""

from sightline.core.clock import Clock
from sightline.core.ids import Id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.options import IngestOptions
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog


class BlobMedia:
    """Keeps media in blobs and lists them in the catalog."""

    def __init__(
        self, blobs: Blobs, catalog: Catalog, clock: Clock, options: IngestOptions
    ) -> None:
        self._blobs = blobs
        self._catalog = catalog
        self._clock = clock
        self._min = options.min_media_bytes

    def has_media(self, write: TraceWrite | SpanWrite) -> bool:
        return False

    async def extract(self, workspace_id: Id, write: TraceWrite | SpanWrite, user: str) -> None:
        return None
