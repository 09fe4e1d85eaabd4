"""The catalog's tables as this program reads and writes them; `migrations` makes them.

Ids are 16 bytes, times Unix microseconds, JSON is text. A `name_key` is the name as `names.key`
folds it: what must be unique without regard to case.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
