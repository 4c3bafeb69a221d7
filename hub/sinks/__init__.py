"""Curated topics into PostgreSQL. One file for each sink; the file name is its name and its registration."""
