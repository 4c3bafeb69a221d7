"""Alembic's folder: how the tables came to be. Started by hub/store/migrate.py."""
