"""Calls of gateway keys in the last minute, counted for all processes."""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    op.create_table(
        "gateway_rates",
        sa.Column("key_id", sa.LargeBinary(16), nullable=False),
        sa.Column("second", sa.BigInteger, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "second", name="pk_gateway_rates"),
    )
