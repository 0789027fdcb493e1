"""What Alembic runs: the migrations, in the transaction that `serve.ledger.migrate` hands it."""

from __future__ import annotations

from alembic import context

from serve.ledger.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
