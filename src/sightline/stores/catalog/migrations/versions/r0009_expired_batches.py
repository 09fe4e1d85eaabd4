"""Batches that are being deleted are marked, so that nobody asks for them meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"


def upgrade() -> None:
    op.add_column("broadcast_batches", sa.Column("expired_at_us", sa.BigInteger))
