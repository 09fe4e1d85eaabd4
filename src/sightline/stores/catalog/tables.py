"""The catalog's tables as this program reads and writes them; `migrations` makes them.

Ids are 16 bytes, times Unix microseconds, JSON is text. A `name_key` is the name as `names.key`
folds it: what must be unique without regard to case.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", name="pk_workspaces"),
    UniqueConstraint("name_key", name="uq_workspaces_name_key"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("key_hash", LargeBinary(32), nullable=False),
    Column("masked", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("last_used_at_us", BigInteger),
    Column("revoked_at_us", BigInteger),
    Column("expires_at_us", BigInteger),
    PrimaryKeyConstraint("id", name="pk_api_keys"),
    UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    Index("ix_api_keys_workspace_id", "workspace_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary(32), nullable=False),
    Column("key_id", LargeBinary(16), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("last_used_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    Index("ix_sessions_key_id", "key_id", "created_at_us"),
    Index("ix_sessions_expires_at_us", "expires_at_us"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("description", Text),
    Column("visibility", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_projects"),
    UniqueConstraint("workspace_id", "name_key", name="uq_projects_name_key"),
)

feedback_definitions = Table(
    "feedback_definitions",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("description", Text),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_feedback_definitions"),
    UniqueConstraint("workspace_id", "name_key", name="uq_feedback_definitions_name_key"),
)

environments = Table(
    "environments",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("description", Text),
    Column("color", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_environments"),
    UniqueConstraint("workspace_id", "name_key", name="uq_environments_name_key"),
)

views = Table(
    "views",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("project_id", LargeBinary(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_views"),
    UniqueConstraint("workspace_id", "project_id", "name_key", name="uq_views_name_key"),
)

workspace_configurations = Table(
    "workspace_configurations",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("thread_timeout_s", BigInteger),
    Column("truncation_on_tables", Boolean),
    Column("color_map", Text),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", name="pk_workspace_configurations"),
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("updated_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("key", name="pk_settings"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", LargeBinary(16), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("project_id", LargeBinary(16), nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint(
        "workspace_id", "entity_type", "entity_id", "file_name", name="pk_attachments"
    ),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_at_us", BigInteger, nullable=False),
    Column("lease_until_us", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("created_at_us", BigInteger, nullable=False),
    Column("finished_at_us", BigInteger),
    PrimaryKeyConstraint("id", name="pk_jobs"),
    UniqueConstraint("kind", "key", name="uq_jobs_key"),
    # In the order in which jobs are leased; the kind is there to be skipped over cheaply.
    Index("ix_jobs_due", "state", "run_at_us", "id", "kind"),
    # One kind of many, however long the queues of the others are.
    Index("ix_jobs_kind_due", "kind", "state", "run_at_us", "id"),
)

otlp_trace_ids = Table(
    "otlp_trace_ids",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("otel_trace_id", LargeBinary(16), nullable=False),
    Column("trace_id", LargeBinary(16), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "otel_trace_id", name="pk_otlp_trace_ids"),
    Index("ix_otlp_trace_ids_created_at_us", "created_at_us"),
)

gateway_keys = Table(
    "gateway_keys",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("key_hash", LargeBinary(32), nullable=False),
    Column("label", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("is_management", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("limit_nano_usd", BigInteger),
    Column("limit_reset", Text),
    Column("include_byok_in_limit", Boolean, nullable=False),
    Column("allowed_models", Text),
    Column("rpm", Integer),
    Column("tpm", BigInteger),
    Column("metadata", Text),
    Column("expires_at_us", BigInteger),
    Column("usage_nano_usd", BigInteger, nullable=False),
    Column("byok_usage_nano_usd", BigInteger, nullable=False),
    Column("last_used_at_us", BigInteger),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    Column("deleted_at_us", BigInteger),
    PrimaryKeyConstraint("id", name="pk_gateway_keys"),
    UniqueConstraint("key_hash", name="uq_gateway_keys_key_hash"),
    Index("ix_gateway_keys_workspace_id", "workspace_id", "id"),
)

gateway_spend = Table(
    "gateway_spend",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("key_id", LargeBinary(16), nullable=False),
    Column("day", Integer, nullable=False),
    Column("usage_nano_usd", BigInteger, nullable=False),
    Column("byok_usage_nano_usd", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "key_id", "day", name="pk_gateway_spend"),
    Index("ix_gateway_spend_key_id", "key_id", "day"),
)

gateway_spend_batches = Table(
    "gateway_spend_batches",
    metadata,
    Column("batch_key", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("batch_key", name="pk_gateway_spend_batches"),
    Index("ix_gateway_spend_batches_created_at_us", "created_at_us"),
)

gateway_rates = Table(
    "gateway_rates",
    metadata,
    Column("key_id", LargeBinary(16), nullable=False),
    Column("second", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    PrimaryKeyConstraint("key_id", "second", name="pk_gateway_rates"),
)

gateway_providers = Table(
    "gateway_providers",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("sealed", Text),
    Column("shown", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("keeps_data", Boolean, nullable=False),
    Column("is_zdr", Boolean, nullable=False),
    Column("is_byok", Boolean, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_gateway_providers"),
    UniqueConstraint("workspace_id", "slug", name="uq_gateway_providers_slug"),
)

gateway_models = Table(
    "gateway_models",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("slug", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_gateway_models"),
    UniqueConstraint("workspace_id", "slug", name="uq_gateway_models_slug"),
)

gateway_routing = Table(
    "gateway_routing",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("options", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", name="pk_gateway_routing"),
)

gateway_presets = Table(
    "gateway_presets",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("designated_version", Integer, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_gateway_presets"),
    UniqueConstraint("workspace_id", "slug", name="uq_gateway_presets_slug"),
)

gateway_preset_versions = Table(
    "gateway_preset_versions",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("preset_id", LargeBinary(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("system_prompt", Text),
    Column("config", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_gateway_preset_versions"),
    UniqueConstraint("preset_id", "version", name="uq_gateway_preset_versions_version"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("privacy_mode", Boolean, nullable=False),
    Column("sampling_rate", Double, nullable=False),
    Column("rules", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_updated_at_us", BigInteger, nullable=False),
    Column("last_updated_by", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_destinations"),
    UniqueConstraint("workspace_id", "name_key", name="uq_destinations_name_key"),
    Index("ix_destinations_type", "workspace_id", "type"),
)

broadcast_ledger = Table(
    "broadcast_ledger",
    metadata,
    Column("destination_id", LargeBinary(16), nullable=False),
    Column("day", Integer, nullable=False),
    Column("queued", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("retried", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("dropped_backlog", BigInteger, nullable=False),
    Column("dropped_age", BigInteger, nullable=False),
    Column("dropped_lost", BigInteger, nullable=False),
    Column("replayed", BigInteger, nullable=False),
    PrimaryKeyConstraint("destination_id", "day", name="pk_broadcast_ledger"),
)

broadcast_state = Table(
    "broadcast_state",
    metadata,
    Column("destination_id", LargeBinary(16), nullable=False),
    Column("last_delivered_at_us", BigInteger),
    Column("last_failed_at_us", BigInteger),
    Column("last_error", Text),
    Column("last_status", Integer),
    Column("paused_until_us", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("queued", BigInteger, nullable=False),
    Column("queued_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("destination_id", name="pk_broadcast_state"),
)

broadcast_failures = Table(
    "broadcast_failures",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("destination_id", LargeBinary(16), nullable=False),
    Column("batch_id", LargeBinary(16), nullable=False),
    Column("generation_ids", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Integer),
    Column("failed_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", name="pk_broadcast_failures"),
    Index("ix_broadcast_failures_destination_id", "destination_id", "failed_at_us"),
    Index("ix_broadcast_failures_failed_at_us", "failed_at_us"),
)

broadcast_batches = Table(
    "broadcast_batches",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("expired_at_us", BigInteger),
    PrimaryKeyConstraint("id", name="pk_broadcast_batches"),
    Index("ix_broadcast_batches_workspace_id", "workspace_id", "first_us"),
    Index("ix_broadcast_batches_created_at_us", "created_at_us"),
)

ingest_ledger = Table(
    "ingest_ledger",
    metadata,
    Column("workspace_id", LargeBinary(16), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("project_id", LargeBinary(16), nullable=False),
    Column("face", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    PrimaryKeyConstraint(
        "workspace_id",
        "start_us",
        "project_id",
        "face",
        "client",
        "outcome",
        name="pk_ingest_ledger",
    ),
    Index("ix_ingest_ledger_start_us", "start_us"),
)

ingest_ledger_flushes = Table(
    "ingest_ledger_flushes",
    metadata,
    Column("process_id", LargeBinary(16), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("process_id", name="pk_ingest_ledger_flushes"),
)
