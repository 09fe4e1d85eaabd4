"""The rooms that handlers may call, made by `app` and handed to each handler as `services`."""

import dataclasses
from collections.abc import Mapping

from sightline.api.kit.callers import Addresses, FailedKeys
from sightline.api.kit.connections import Connections
from sightline.api.kit.memory import Memory
from sightline.core.clock import Clock
from sightline.domain.process_roles import ALL, ProcessRole
from sightline.services.broadcast.service import BroadcastService
from sightline.services.demo_traffic import DemoTraffic
from sightline.services.gateway.engine import Engine
from sightline.services.gateway.management import Management
from sightline.services.gateway.recorder import Recorder
from sightline.services.ingest.annotations import Annotations
from sightline.services.ingest.attachments import Attachments
from sightline.services.ingest.ledger import Ledger
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.otlp import OtlpIngest
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.updates import Updates
from sightline.services.live import Hub
from sightline.services.query.exports import Exports
from sightline.services.workspace.bulk import Bulk
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.services.workspace.sessions import Sessions
from sightline.services.workspace.thread_marks import ThreadMarks
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.upkeep import Upkeep
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog


@dataclasses.dataclass(kw_only=True)
class Services:
    analytics: Analytics
    upkeep: Upkeep
    memory: Memory
    catalog: Catalog
    blobs: Blobs
    directory: Directory
    ingest: Ingest
    ledger: Ledger
    updates: Updates
    otlp: OtlpIngest
    annotations: Annotations
    marks: ThreadMarks
    attachments: Attachments
    deletion: Deletion
    bulk: Bulk
    exports: Exports
    clock: Clock
    limits: IngestOptions
    gate: KeysGate
    sessions: Sessions
    live: Hub
    demo: DemoTraffic
    management: Management
    broadcast: BroadcastService
    engine: Engine
    recorder: Recorder
    addresses: Addresses
    failed_keys: FailedKeys
    connections: Connections = dataclasses.field(default_factory=Connections)
    public_url: str = ""
    has_public_url: bool = False
    data_folder: str = ""
    roles: frozenset[ProcessRole] = frozenset(ALL)
    started_at_us: int = 0
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Every setting in force as people may see it, by `room.field`."""
