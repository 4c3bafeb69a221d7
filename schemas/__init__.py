"""What crosses a boundary: events, topics, codes, code lists. Imports nothing of ours."""
