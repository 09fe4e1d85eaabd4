"""The composition root: the one place where rooms meet, with their order of start and stop."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

import sightline.api.console
import sightline.api.openrouter
import sightline.api.opik
import sightline.api.otlp
import sightline.providers
from sightline import __version__
from sightline.api.console import errors as console_errors
from sightline.api.console._ui import Screens
from sightline.api.kit.auth import authenticate
from sightline.api.kit.bodies import BodyBudget
from sightline.api.kit.callers import Addresses, FailedKeys
from sightline.api.kit.compression import Compression
from sightline.api.kit.document import Document
from sightline.api.kit.guard import Guard
from sightline.api.kit.memory import Memory
from sightline.api.kit.memory import full as memory_full
from sightline.api.kit.mount import mount
from sightline.api.kit.one_moment import OneMoment
from sightline.api.kit.paths import PathNormaliser
from sightline.api.kit.receipts import note_refusal
from sightline.api.kit.roles import Roles
from sightline.api.kit.services import Services
from sightline.api.openrouter import errors as openrouter_errors
from sightline.api.openrouter._calls import Calls
from sightline.api.openrouter._paths import CALLS, is_openrouter, target_of
from sightline.api.opik import errors as opik_errors
from sightline.core.clock import Clock, SystemClock
from sightline.core.errors import SightlineError
from sightline.core.log import get_logger
from sightline.core.registry import discover
from sightline.core.sealing import Sealer
from sightline.core.secret import Secret
from sightline.domain import process_roles
from sightline.domain.broadcast import Rules
from sightline.domain.process_roles import ProcessRole
from sightline.domain.workspace import Principal
from sightline.net.outbound import Outbound, OutboundOptions
from sightline.pricing.price_book import default_price_book
from sightline.providers.base import Dialect
from sightline.services.broadcast.service import BroadcastService
from sightline.services.broadcast.targets import ConfiguredDestination
from sightline.services.demo_traffic import DemoTraffic
from sightline.services.gateway.config import FileConfig, load_config
from sightline.services.gateway.engine import Engine
from sightline.services.gateway.keys import GatewayKeys
from sightline.services.gateway.management import Management
from sightline.services.gateway.outages import Outages
from sightline.services.gateway.recorder import Recorder
from sightline.services.ingest.annotations import Annotations
from sightline.services.ingest.attachments import Attachments
from sightline.services.ingest.ledger import Ledger
from sightline.services.ingest.media import BlobMedia
from sightline.services.ingest.otlp import OtlpIngest
from sightline.services.ingest.service import Ingest
from sightline.services.ingest.tagging import Tagging
from sightline.services.ingest.trace_id_ledger import TraceIdLedger
from sightline.services.ingest.updates import Updates
from sightline.services.live import Hub
from sightline.services.query.exports import Exports
from sightline.services.rollups import STALE_ROLLUPS, Rollups
from sightline.services.workspace.bulk import Bulk
from sightline.services.workspace.bulk_sweep import Sweep
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.services.workspace.sessions import Sessions
from sightline.services.workspace.thread_marks import ThreadMarks
from sightline.settings import Settings, check_shared, environment, names, shown, value
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.upkeep import Upkeep
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import notices, sealing_keys
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.locks import Locks
from sightline.stores.catalog.migrate import migrate
from sightline.stores.catalog.notices import Notices
from sightline.stores.catalog.server_time import SharedTime, shared_clock
from sightline.stores.data_folder import DataFolder
from sightline.stores.disk import Disk
from sightline.stores.secret_key import secret_key
from sightline.stores.spool.spool import Spool, SpoolOptions
from sightline.wire.litellm import CallbackUse
from sightline.wire.otlp import decode

log = get_logger(__name__)

_OF_EACH_PROCESS = {"/health", "/ready", "/metrics", "/api/is-alive/ping"}


class App:
    """Everything that one process serves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.roles = settings.roles
        check_shared(settings)
        self.folder = DataFolder(settings.server.data)
        machine = SystemClock(self.folder.not_before_us(SystemClock().now_us()))
        try:
            timeout_s = settings.catalog.statement_timeout_s
            self.catalog = Catalog.open(settings.catalog_url, statement_s=timeout_s)
            migrate(self.catalog)
            self.clock = shared_clock(self.catalog) or machine
            self.time = SharedTime(self.catalog, self.clock)
            file = load_config(settings.gateway.config, environment(), default_price_book())
            sealer = _sealer(settings, self.folder.path, self.catalog, self.clock)
            self.gate = KeysGate(self.catalog, self.clock, settings.auth.keys)
            self.gate.check_host(settings.server.host)
            self.memory = Memory(settings.memory_bytes, settings.engine_bytes)
            self.disk = Disk(self.folder.path, settings.server.min_free_bytes)
            self.engine_disk = _disk_of_engine(settings, self.disk)
            self.analytics = Analytics(
                msgspec.structs.replace(
                    settings.analytics,
                    dsn=settings.analytics_dsn,
                    max_memory_bytes=settings.engine_bytes,
                ),
                self.engine_disk,
            )
            # The engine takes as long to open as all the rest to build, and another processor.
            with ThreadPoolExecutor(1, "open") as beside:
                # Of processes that start together one makes the tables.
                opening = beside.submit(self.catalog.alone, self.analytics.start)
                self._build(file, sealer)
                opening.result()
        except BaseException:
            self.folder.release()
            raise

    def _build(self, file: FileConfig, sealer: Sealer) -> None:
        """Make the rooms and the web application; nothing here may ask the analytics store."""
        settings = self.settings
        self.upkeep = Upkeep(self.analytics, self.engine_disk or self.disk)
        self.blobs = Blobs.open(settings.blobs_url, disk=None if settings.blobs.url else self.disk)
        self.directory = Directory(self.catalog, self.clock)
        self.notices = Notices(self.catalog)
        self.live = Hub(self._teller(notices.ARRIVALS))
        self.demo = DemoTraffic(_local_url(settings), self.catalog, self.clock)
        self.ledger = Ledger(self.catalog, self.clock, sweeps="worker" in self.roles)
        self.attachments = Attachments(self.catalog, self.blobs, self.clock)
        self.ingest = Ingest(
            self.analytics,
            self.directory,
            default_price_book(),
            BlobMedia(self.attachments, settings.ingest),
            self.clock,
            settings.ingest,
            self.live,
        )
        deletion = Deletion(
            self.analytics,
            self.attachments,
            self.clock,
            self.ingest.forget_threads,
            self._teller(notices.THREADS),
        )
        self.locks = Locks(self.catalog)
        tags = Tagging(self.ingest, self.analytics, self.clock, self.locks)
        marks = ThreadMarks(self.ingest, self.analytics, self.clock, self.locks)
        sweep = Sweep(self.analytics, deletion, tags, marks)
        self.exports = Exports(self.clock, self._teller(notices.EXPORTS))
        self._build_gateway(file, sealer)
        self._heed()
        self.bulk = Bulk(self.catalog, self.analytics, sweep, self.clock)
        self.rollups = Rollups(self.analytics, self.catalog, self.clock)
        sessions = Sessions(self.catalog, self.directory, self.clock)
        own = settings.server
        public_url = own.public_url or f"http://{own.host}:{own.port}"
        self.services = Services(
            analytics=self.analytics,
            upkeep=self.upkeep,
            memory=self.memory,
            catalog=self.catalog,
            blobs=self.blobs,
            directory=self.directory,
            ingest=self.ingest,
            ledger=self.ledger,
            updates=Updates(self.ingest, self.analytics, self.directory, self.clock, self.locks),
            otlp=OtlpIngest(self.ingest, self.catalog, self.clock),
            annotations=Annotations(self.ingest, self.analytics, self.clock),
            marks=marks,
            attachments=self.attachments,
            deletion=deletion,
            bulk=self.bulk,
            exports=self.exports,
            clock=self.clock,
            limits=settings.ingest,
            gate=self.gate,
            sessions=sessions,
            live=self.live,
            demo=self.demo,
            management=self.management,
            broadcast=self.broadcast,
            engine=self.engine,
            recorder=self.recorder,
            addresses=Addresses(settings.server.trusted_proxies),
            failed_keys=FailedKeys(self.clock, settings.auth.failed_keys_per_minute, sessions),
            public_url=public_url,
            has_public_url=bool(settings.server.public_url),
            data_folder=str(self.folder.path),
            roles=self.roles,
            started_at_us=self.clock.now_us(),
            settings={name: shown(name, value(settings, name)) for name in names()},
        )
        self.litestar = build_litestar(self.services)
        taken = {route.path.split("/")[1] for route in self.litestar.routes}
        api = Compression(OneMoment(self.litestar))
        screens = PathNormaliser(Screens(api, self.services, taken))
        calls = Calls(
            screens,
            self.engine,
            self.management.keys,
            self.clock,
            BodyBudget(
                settings.gateway.max_inflight_bytes, settings.gateway.max_body_bytes, self.memory
            ),
            public_url=public_url,
            addresses=self.services.addresses,
            failed_keys=self.services.failed_keys,
            ledger=self.ledger,
        )
        self.asgi = Guard(
            calls if self.roles == set(process_roles.ALL) else Roles(calls, self.roles, _served_by),
            self.gate,
            settings.server.public_url,
            [host for word in settings.server.allowed_hosts.split(",") if (host := word.strip())],
        )

    def _build_gateway(self, file: FileConfig, sealer: Sealer) -> None:
        """Make what calls go through, and what they leave behind."""
        settings, clock, book = self.settings, self.clock, default_price_book()
        options = settings.gateway
        self.outbound = Outbound(
            OutboundOptions(
                allow_private=options.allow_private_addresses, user_agent=f"sightline/{__version__}"
            )
        )
        outages = Outages(clock)
        told = self._teller(notices.TOKENS)
        keys = GatewayKeys(self.catalog, self.directory, self.gate, clock, file.master_keys, told)
        self.management = Management.build(
            catalog=self.catalog,
            keys=keys,
            file=file,
            sealer=sealer,
            outbound=self.outbound,
            book=book,
            health=outages,
            clock=clock,
        )
        self.broadcast = BroadcastService(
            self.catalog, self.blobs, sealer, self.outbound, clock, settings.broadcast
        )
        self.broadcast.configured([_destination(use) for use in file.destinations])
        self.recorder = Recorder(
            Spool(
                self.folder.path / "spool",
                clock,
                SpoolOptions(max_bytes=options.max_spool_bytes),
                self.disk,
            ),
            self.ingest,
            TraceIdLedger(self.catalog, clock),
            self.management.keys,
            self.broadcast,
            options.flush_interval_s,
            self.ledger,
        )
        dialects = discover(sightline.providers, "DIALECT", Dialect)  # type: ignore[type-abstract]
        self.engine = Engine(
            self.management.catalogue,
            self.management.keys,
            self.recorder,
            self.outbound,
            dialects,
            book,
            clock,
            options,
            outages,
        )

    def _teller(self, topic: str) -> Callable[[str], Awaitable[None]] | None:
        """Return what tells other processes under a topic, None where there are none."""
        return partial(self.notices.tell, topic) if self.notices.is_shared else None

    def _heed(self) -> None:
        """See to it that what other processes change is not answered from memory."""
        heed = self.notices.on
        heed(notices.ARRIVALS, self.live.heard)
        heed(notices.EXPORTS, self.exports.heard)
        heed(notices.PROJECTS, lambda _: self.directory.forget_projects())
        heed(notices.THREADS, lambda _: self.ingest.forget_threads())
        heed(notices.KEYS, lambda _: self.directory.forget_keys())
        heed(notices.KEYS, lambda _: self.gate.forget())
        heed(notices.GATEWAY_KEYS, lambda _: self.management.keys.forget_all())
        heed(notices.SPENT, self.management.keys.heard_spending)
        heed(notices.TOKENS, self.management.keys.tokens.heard)
        heed(notices.GATEWAY, lambda _: self.management.catalogue.forget_all())
        heed(notices.JOBS, lambda _: self.bulk.wake())
        heed(notices.JOBS, lambda _: self.broadcast.wake())
        heed(notices.DESTINATIONS, lambda _: self.broadcast.roster.forget())

    async def start(self) -> None:
        """Start the background work of this process's roles; call inside the serving loop."""
        stale = self.folder.path / STALE_ROLLUPS
        if await rollup_units.is_damaged(self.analytics):
            # Should this end before all is forgotten, the next start knows.
            stale.touch()
        if stale.exists():
            await rollup_units.forget(self.analytics)
            stale.unlink()
        # It counts what lies aside, so after what is thrown away.
        self.upkeep.start()
        self.ingest.start()
        self.attachments.leftovers.start()
        self.live.start()
        self.notices.start()
        self.time.start()
        if not self.roles.isdisjoint({"api", "gateway"}):
            self.management.start()
        if "worker" in self.roles:
            self.bulk.start()
            self.rollups.start()
            self.broadcast.start()
        # Also without the gateway: its folder may have calls of a time when it had that role.
        self.recorder.start()
        self.ledger.start()

    def prepare(self) -> None:
        """Load and open what a start does not wait for, so that no request does; on a thread."""
        self.analytics.prepare()
        self.outbound.prepare()
        decode.prepare()

    def end_streams(self) -> None:
        """End what goes on for as long as it may; the server waits for answers that are open."""
        self.live.close()
        self.demo.stop()
        self.exports.close()

    async def stop(self) -> None:
        """Finish what was accepted, then close the stores."""
        await self.live.stop()
        await self.notices.stop()
        await self.time.stop()
        await self.engine.stop()
        await self.recorder.stop()
        await self.broadcast.stop()
        await self.management.stop()
        await self.outbound.close()
        await self.bulk.stop()
        await self.rollups.stop()
        await self.exports.stop()
        await self.ingest.stop()
        await self.attachments.leftovers.stop()
        await self.ledger.stop()
        await self.directory.close()
        await self.upkeep.stop()
        self.analytics.close()
        self.locks.close()
        self.catalog.close()
        self.folder.release()


def _local_url(settings: Settings) -> str:
    """Return the address by which this process reaches itself."""
    host = settings.server.host
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared alone
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port}"


def build_litestar(services: Services) -> Litestar:
    """Return the web application with every face's routers."""

    async def who(request: Request[Any, Any, Any], services: Services) -> Principal:
        # It asks for the other dependency so that they come one after the other: for two at a
        # time the framework would start a task each, with every request.
        return await authenticate(request, services)

    app = Litestar(
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "who": Provide(who),
        },
        exception_handlers={
            SightlineError: _by_face("on_sightline_error"),
            HTTPException: _by_face("on_http_error"),
            MemoryError: _no_memory,
            Exception: _by_face("on_unexpected"),
        },
        openapi_config=OpenAPIConfig(
            title="Sightline",
            version=__version__,
            path="/api/schema",
            use_handler_docstrings=True,
            # The document alone: the framework's viewers load scripts from elsewhere.
            render_plugins=[Document(CALLS)],
        ),
        on_app_init=[_install_budget(services)],
        request_max_body_size=None,
        logging_config=None,
        debug=False,
    )
    faces = (
        sightline.api.opik,
        sightline.api.otlp,
        sightline.api.console,
        sightline.api.openrouter,
    )
    mount(app, (r for face in faces for r in discover(face, "ROUTER", Router).values()))
    return app


def _by_face(renderer: str) -> Any:
    """Return an exception handler that speaks as the face that was asked."""
    ours, opiks = getattr(console_errors, renderer), getattr(opik_errors, renderer)
    openrouters = getattr(openrouter_errors, renderer)

    def render(request: Request[Any, Any, Any], error: Any) -> Response[bytes]:
        note_refusal(request.scope, error)
        path = request.scope["path"]
        face = opiks
        if path.startswith(console_errors.PREFIX):
            face = ours
        elif is_openrouter(path):
            face = openrouters
        answer: Response[bytes] = face(request, error)
        return answer

    return render


def _no_memory(request: Request[Any, Any, Any], error: MemoryError) -> Response[bytes]:
    """Answer what asked for more than the system gives; nothing of it was stored."""
    log.warning("memory.none", path=request.scope["path"])
    answer: Response[bytes] = _by_face("on_sightline_error")(request, memory_full())
    return answer


def _install_budget(services: Services) -> Any:
    def install(config: AppConfig) -> AppConfig:
        config.state.body_budget = BodyBudget(
            services.limits.max_inflight_bytes, services.limits.max_body_bytes, services.memory
        )
        return config

    return install


def _disk_of_engine(settings: Settings, of_folder: Disk) -> Disk | None:
    """Return the disk that the embedded engine writes to; a server has its own."""
    if not settings.analytics.dsn:
        return of_folder
    scheme, _, path = settings.analytics.dsn.partition("://")
    return Disk(Path(path), settings.server.min_free_bytes) if scheme == "chdb" else None


def _sealer(settings: Settings, folder: Path, catalog: Catalog, clock: Clock) -> Sealer:
    given = settings.gateway.secret_key
    key = secret_key(folder, Secret(given) if given else None)
    sealing_keys.agree(catalog, key, is_given=bool(given), now_us=clock.now_us())
    return Sealer(key)


def _served_by(method: str, path: str) -> tuple[ProcessRole, ...]:
    """Return the roles of which each serves a path.

    Calls need the gateway, whose process keeps their records; the rest of OpenRouter's face is
    served by both, so that a client of either finds it.
    """
    if path in _OF_EACH_PROCESS:
        return process_roles.ALL
    if method == "POST" and target_of(path) is not None:
        return ("gateway",)
    # `/messages` is a call when it is sent to, else a page.
    is_page = target_of(path) is not None and not path.startswith(("/api/", "/v1/"))
    return ("api", "gateway") if is_openrouter(path) and not is_page else ("api",)


def _destination(use: CallbackUse) -> ConfiguredDestination:
    """Return a callback of the operator's file as broadcast knows it."""
    rules = Rules(privacy_mode=use.privacy_mode)
    return ConfiguredDestination(type=use.type, name=use.name, config=use.config, rules=rules)
