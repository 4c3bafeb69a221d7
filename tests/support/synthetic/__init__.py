"""Deliveries in the five Jobcenters' formats with made-up content, and what must come of each of their rows.

Shares no code with connectors or schemas: formats and rules are written down here a second time, code lists are
read from the files. `generate(folder, seed)` writes the files and returns the truth.
"""

from tests.support.synthetic.generate import generate
from tests.support.synthetic.truth import EventTruth, Truth

__all__ = ["EventTruth", "Truth", "generate"]
