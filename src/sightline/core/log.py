"""Logging: events with fields, one formatter, set up by the CLI only. Payloads are never logged."""

import json
import logging
import sys
import time
from typing import Any

_ROOT = "sightline"
# Libraries that write each error that they raise to stderr as well, as bare text.
_SAY_IT_TWICE = ("clickhouse_connect",)


class EventLogger:
    """Writes `<room>.<past>` events with fields: `log.info("ingest.committed", rows=5)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Any) -> None:
        self._logger.debug(event, extra={"fields": fields})

    def info(self, event: str, **fields: Any) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: Any) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, *, exc: BaseException | None = None, **fields: Any) -> None:
        self._logger.error(event, exc_info=exc, extra={"fields": fields})


def get_logger(name: str) -> EventLogger:
    """Return the event logger of a module (`__name__`)."""
    return EventLogger(name if name.startswith(_ROOT) else f"{_ROOT}.{name}")


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = " ".join(f"{k}={v}" for k, v in fields.items())
        line = f"{clock} {record.levelname.lower():7} {record.getMessage()} {text}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        out: dict[str, Any] = {
            "time": record.created,
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            out["stack"] = self.formatException(record.exc_info)
        return json.dumps(out, default=str)


def setup(level: str, *, as_json: bool) -> None:
    """Send `sightline.*` events to stderr, as JSON or as short lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if as_json else _LineFormatter())
    root = logging.getLogger(_ROOT)
    root.handlers = [handler]
    root.setLevel(level.upper())
    root.propagate = False
    for name in _SAY_IT_TWICE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
