"""What each process last added to the ledger of messages, so that nothing is added twice."""

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"


def upgrade() -> None:
    op.create_table(
        "ingest_ledger_flushes",
        sa.Column("process_id", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("process_id", name="pk_ingest_ledger_flushes"),
    )
