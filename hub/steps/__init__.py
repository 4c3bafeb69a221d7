"""The steps of hub/flow.py: verbs, pure functions."""
