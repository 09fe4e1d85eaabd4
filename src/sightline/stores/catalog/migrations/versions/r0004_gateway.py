"""The gateway: keys, spending, providers, models, presets; destinations and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    _gateway()
    _broadcast()


def _gateway() -> None:
    op.create_table(
        "gateway_keys",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_management", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("limit_nano_usd", sa.BigInteger),
        sa.Column("limit_reset", sa.Text),
        sa.Column("include_byok_in_limit", sa.Boolean, nullable=False),
        sa.Column("allowed_models", sa.Text),
        sa.Column("rpm", sa.Integer),
        sa.Column("tpm", sa.BigInteger),
        sa.Column("metadata", sa.Text),
        sa.Column("expires_at_us", sa.BigInteger),
        sa.Column("usage_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("byok_usage_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("last_used_at_us", sa.BigInteger),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.Column("deleted_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_keys"),
        sa.UniqueConstraint("key_hash", name="uq_gateway_keys_key_hash"),
    )
    op.create_index("ix_gateway_keys_workspace_id", "gateway_keys", ["workspace_id", "id"])
    op.create_table(
        "gateway_spend",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("key_id", sa.LargeBinary(16), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("usage_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("byok_usage_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key_id", "day", name="pk_gateway_spend"),
    )
    op.create_index("ix_gateway_spend_key_id", "gateway_spend", ["key_id", "day"])
    op.create_table(
        "gateway_spend_batches",
        sa.Column("batch_key", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("batch_key", name="pk_gateway_spend_batches"),
    )
    op.create_index(
        "ix_gateway_spend_batches_created_at_us", "gateway_spend_batches", ["created_at_us"]
    )
    op.create_table(
        "gateway_providers",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dialect", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("keeps_data", sa.Boolean, nullable=False),
        sa.Column("is_zdr", sa.Boolean, nullable=False),
        sa.Column("is_byok", sa.Boolean, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_providers"),
        sa.UniqueConstraint("workspace_id", "slug", name="uq_gateway_providers_slug"),
    )
    op.create_table(
        "gateway_models",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_models"),
        sa.UniqueConstraint("workspace_id", "slug", name="uq_gateway_models_slug"),
    )
    op.create_table(
        "gateway_routing",
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_gateway_routing"),
    )
    op.create_table(
        "gateway_presets",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("designated_version", sa.Integer, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_presets"),
        sa.UniqueConstraint("workspace_id", "slug", name="uq_gateway_presets_slug"),
    )
    op.create_table(
        "gateway_preset_versions",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("preset_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("system_prompt", sa.Text),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_preset_versions"),
        sa.UniqueConstraint("preset_id", "version", name="uq_gateway_preset_versions_version"),
    )


def _broadcast() -> None:
    op.create_index("ix_jobs_kind_due", "jobs", ["kind", "state", "run_at_us", "id"])
    op.create_table(
        "destinations",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("privacy_mode", sa.Boolean, nullable=False),
        sa.Column("sampling_rate", sa.Double, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("last_updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("last_updated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_destinations"),
        sa.UniqueConstraint("workspace_id", "name_key", name="uq_destinations_name_key"),
    )
    op.create_index("ix_destinations_type", "destinations", ["workspace_id", "type"])
    op.create_table(
        "broadcast_ledger",
        sa.Column("destination_id", sa.LargeBinary(16), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("queued", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("retried", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("dropped_backlog", sa.BigInteger, nullable=False),
        sa.Column("dropped_age", sa.BigInteger, nullable=False),
        sa.Column("dropped_lost", sa.BigInteger, nullable=False),
        sa.Column("replayed", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("destination_id", "day", name="pk_broadcast_ledger"),
    )
    op.create_table(
        "broadcast_state",
        sa.Column("destination_id", sa.LargeBinary(16), nullable=False),
        sa.Column("last_delivered_at_us", sa.BigInteger),
        sa.Column("last_failed_at_us", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("last_status", sa.Integer),
        sa.Column("paused_until_us", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("queued", sa.BigInteger, nullable=False),
        sa.Column("queued_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("destination_id", name="pk_broadcast_state"),
    )
    op.create_table(
        "broadcast_failures",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("destination_id", sa.LargeBinary(16), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(16), nullable=False),
        sa.Column("generation_ids", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("failed_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_failures"),
    )
    op.create_index(
        "ix_broadcast_failures_destination_id",
        "broadcast_failures",
        ["destination_id", "failed_at_us"],
    )
    op.create_index("ix_broadcast_failures_failed_at_us", "broadcast_failures", ["failed_at_us"])
    op.create_table(
        "broadcast_batches",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("workspace_id", sa.LargeBinary(16), nullable=False),
        sa.Column("first_us", sa.BigInteger, nullable=False),
        sa.Column("last_us", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.Text, nullable=False),
        sa.Column("pending", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_batches"),
    )
    op.create_index(
        "ix_broadcast_batches_workspace_id", "broadcast_batches", ["workspace_id", "first_us"]
    )
    op.create_index("ix_broadcast_batches_created_at_us", "broadcast_batches", ["created_at_us"])
