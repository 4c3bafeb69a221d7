"""What cannot be tried on one machine without pretending."""

from __future__ import annotations

from tests.chaos.bench import not_run

not_run("F34", "rolling upgrade N-1 → N and back", "there is no earlier release yet, and one schema version")
