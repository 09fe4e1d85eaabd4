"""The rooms that handlers may call, made by `app` and handed to each handler as `services`."""

import dataclasses

from sightline.core.clock import Clock
from sightline.services.ingest.annotations import Annotations
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.otlp import OtlpIngest
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.updates import Updates
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.stores.analytics.engine import Analytics
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog


@dataclasses.dataclass(kw_only=True)
class Services:
    analytics: Analytics
    catalog: Catalog
    blobs: Blobs
    directory: Directory
    ingest: Ingest
    updates: Updates
    otlp: OtlpIngest
    annotations: Annotations
    deletion: Deletion
    clock: Clock
    limits: IngestOptions
    gate: KeysGate
    public_url: str = ""
    data_folder: str = ""
