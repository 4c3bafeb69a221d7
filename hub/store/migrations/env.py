"""What alembic runs: the revisions, on the connection it is handed."""

from __future__ import annotations

from alembic import context

from hub.store.portal_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, include_schemas=True)
with context.begin_transaction():
    context.run_migrations()
