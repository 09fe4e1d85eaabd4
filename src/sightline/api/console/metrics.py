"""`/metrics`: the figures an operator watches, in Prometheus text form."""

import asyncio
from collections import Counter

from litestar import Response, Router, get

from sightline import __version__
from sightline.api.kit.services import Services
from sightline.core.clock import Clock, SharedClock
from sightline.core.errors import SightlineError
from sightline.domain.ingest_ledger import STORED
from sightline.domain.process_roles import shown
from sightline.services.broadcast.service import Figures

# All but the figures of broadcast is there without the catalog, so that is not waited for long.
_CATALOG_S = 2.0

_INGEST = "sightline_ingest"
_HELP = {
    "sightline_ingest_rows_total": ("counter", "Rows committed, by table"),
    "sightline_ingest_commits_total": ("counter", "Group commits, by table"),
    "sightline_ingest_refused_rows_total": ("counter", "Rows refused with 429, by table"),
    "sightline_ingest_queue_bytes": ("gauge", "Bytes waiting to be committed, by table"),
    "sightline_ingest_journal_bytes": ("gauge", "Bytes committed but in no table yet, by table"),
    "sightline_ingest_inserts_total": ("counter", "Inserts into the engine, by table"),
    "sightline_ingest_set_aside_total": (
        "counter",
        "Commits that were damaged or refused by the engine later, by table",
    ),
}

_DISK_HELP = {
    "sightline_disk_free_bytes": "Bytes that are free on the disk of the data folder",
    "sightline_disk_refuses_writes": "1 while that disk is full, has no inodes or is read-only",
    "sightline_clock_behind_seconds": "How far the machine's clock is behind what is stored",
    "sightline_clock_offset_seconds": "How far the machine's clock is ahead of the shared one",
    "sightline_deletes_waiting": "Deletes and other changes of tables not carried out yet",
    "sightline_damaged_parts": "Parts of tables that are damaged: see `sightline doctor`",
}

_MEMORY_HELP = {
    "memory_used_bytes": ("gauge", "Resident memory of the process"),
    "memory_limit_bytes": ("gauge", "Memory that the process may take"),
    "memory_for_bodies_bytes": ("gauge", "Part of it that request bodies may take, as reckoned"),
    "memory_taken_by_bodies_bytes": ("gauge", "Part of that which they take now"),
    "memory_refusals_total": ("counter", "Requests refused because memory was short"),
}

_CONNECTIONS_HELP = {
    "connections_open": ("gauge", "Connections of clients that are open"),
    "connections_stalled_total": (
        "counter",
        "Connections ended since the client stopped, by what it owed: head or body of a request, "
        "or to take the answer",
    ),
    "connections_refused_total": ("counter", "Connections refused because there are too many"),
}

_GATEWAY_HELP = {
    "calls_recorded_total": ("counter", "Calls whose trace was stored"),
    "calls_refused_total": ("counter", "Calls whose trace the store refused"),
    "calls_damaged_total": ("counter", "Records of calls that could not be read back"),
    "calls_set_aside_total": ("counter", "Calls kept apart, since they could not be recorded"),
    "spool_bytes": ("gauge", "Bytes of calls that are not stored yet"),
    "cache_hits_total": ("counter", "Calls answered from the response cache"),
    "cache_misses_total": ("counter", "Calls that asked for the response cache in vain"),
    "cache_bytes": ("gauge", "Bytes that the response cache holds"),
    "attempts_total": ("counter", "Calls of upstream endpoints"),
    "attempt_failures_total": ("counter", "Calls of upstream endpoints that failed"),
    "attempts_in_flight": ("gauge", "Calls of upstream endpoints that go on now"),
    "endpoints_out": ("gauge", "Upstream endpoints that are passed over for a while"),
}

_BROADCAST_HELP = {
    "queued": ("counter", "queued_total", "Generations queued for destinations, by type"),
    "delivered": ("counter", "delivered_total", "Generations delivered, by type"),
    "retried": ("counter", "retried_total", "Generations put back for another try, by type"),
    "failed": ("counter", "failed_total", "Generations refused and given up, by type"),
    "dropped": ("counter", "dropped_total", "Generations never sent: no room, too old, by type"),
    "waiting": ("gauge", "waiting", "Generations that wait for destinations, by type"),
    "waiting_bytes": ("gauge", "waiting_bytes", "Bytes of batches that wait, by type"),
    "paused": ("gauge", "paused_destinations", "Destinations that are paused, by type"),
    "lag_s": ("gauge", "lag_seconds", "Age of what waits longest, by type"),
}


@get("/metrics", opt={"public": True}, include_in_schema=False)
async def metrics(services: Services) -> Response[bytes]:
    """Return counters and gauges."""
    lines = [
        "# TYPE sightline_build_info gauge",
        f'sightline_build_info{{version="{__version__}",role="{shown(services.roles)}"}} 1',
    ]
    figures = services.ingest.figures()
    for position, (name, (kind, text)) in enumerate(_HELP.items()):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f'{name}{{table="{table}"}} {f[position]}' for table, f in figures.items()]
    lines += _messages(services)
    for name, figure in _disk(services).items():
        lines += [f"# HELP {name} {_DISK_HELP[name]}", f"# TYPE {name} gauge", f"{name} {figure}"]
    for end, figure in _memory(services).items():
        kind, text = _MEMORY_HELP[end]
        name = f"sightline_{end}"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {figure}"]
    lines += _connections(services)
    for end, figure in _gateway(services).items():
        kind, text = _GATEWAY_HELP[end]
        name = f"sightline_gateway_{end}"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {figure}"]
    broadcast = await _broadcast(services)
    for field, (kind, end, text) in _BROADCAST_HELP.items() if broadcast else ():
        name = f"sightline_broadcast_{end}"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f'{name}{{type="{type}"}} {getattr(f, field)}' for type, f in broadcast.items()]
    return Response(
        ("\n".join(lines) + "\n").encode(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


async def _broadcast(services: Services) -> dict[str, Figures]:
    """Return the figures of broadcast, none where the catalog does not answer."""
    try:
        async with asyncio.timeout(_CATALOG_S):
            return await services.broadcast.figures()
    except (SightlineError, TimeoutError):
        return {}


def _messages(services: Services) -> list[str]:
    """Return what became of messages, by the face that took them."""
    totals = sorted(services.ledger.totals().items())
    received: Counter[str] = Counter()
    stored, refused = [], []
    for (face, outcome), messages in totals:
        received[face] += messages
        if outcome == STORED:
            stored.append(f'{_INGEST}_stored_total{{face="{face}"}} {messages}')
        else:
            refused.append(
                f'{_INGEST}_refused_total{{face="{face}",reason="{outcome}"}} {messages}'
            )
    lines: list[str] = []
    for end, text, values in (
        (
            "received",
            "Messages that clients sent, by face",
            [f'{_INGEST}_received_total{{face="{face}"}} {n}' for face, n in received.items()],
        ),
        ("stored", "Messages that are on disk, by face", stored),
        ("refused", "Messages that are not, by face and reason", refused),
    ):
        name = f"{_INGEST}_{end}_total"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} counter", *values]
    return lines


def _disk(services: Services) -> dict[str, int]:
    upkeep, clock = services.upkeep.figures(), services.clock
    return {
        "sightline_disk_free_bytes": upkeep.room.free_bytes,
        "sightline_disk_refuses_writes": int(upkeep.room.state != "ok"),
        "sightline_clock_behind_seconds": max(clock.now_us() - clock.wall_us(), 0) // 1_000_000,
        "sightline_clock_offset_seconds": _offset_s(clock),
        "sightline_deletes_waiting": upkeep.deletes_waiting,
        "sightline_damaged_parts": upkeep.detached + upkeep.unreadable,
    }


def _offset_s(clock: Clock) -> int:
    """Less than 0 where the machine's is behind; 0 where a machine has its own time."""
    return round(clock.machine_ahead_us() / 1e6) if isinstance(clock, SharedClock) else 0


def _memory(services: Services) -> dict[str, int]:
    memory = services.memory
    return {
        "memory_used_bytes": memory.used_bytes,
        "memory_limit_bytes": memory.limit_bytes,
        "memory_for_bodies_bytes": memory.for_bodies_bytes,
        "memory_taken_by_bodies_bytes": memory.taken_bytes,
        "memory_refusals_total": memory.refused,
    }


def _connections(services: Services) -> list[str]:
    counts = services.connections
    values = {
        "connections_open": [("", counts.open)],
        "connections_stalled_total": [
            (f'{{owed="{owed}"}}', counts.stalled[owed]) for owed in ("head", "body", "answer")
        ],
        "connections_refused_total": [("", counts.refused)],
    }
    lines: list[str] = []
    for end, (kind, text) in _CONNECTIONS_HELP.items():
        name = f"sightline_{end}"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{labels} {n}" for labels, n in values[end]]
    return lines


def _gateway(services: Services) -> dict[str, int]:
    recorder, cache = services.recorder.figures(), services.engine.cache
    endpoints = services.engine.outages.figures().values()
    return {
        "calls_recorded_total": recorder.recorded,
        "calls_refused_total": recorder.refused,
        "calls_damaged_total": recorder.damaged,
        "calls_set_aside_total": recorder.set_aside,
        "spool_bytes": recorder.backlog_bytes,
        "cache_hits_total": cache.hits,
        "cache_misses_total": cache.misses,
        "cache_bytes": cache.size_bytes,
        "attempts_total": sum(f.calls for f in endpoints),
        "attempt_failures_total": sum(f.failures for f in endpoints),
        "attempts_in_flight": sum(f.in_flight for f in endpoints),
        "endpoints_out": sum(f.is_out for f in endpoints),
    }


ROUTER = Router(path="/", route_handlers=[metrics])
