"""Searching in everyday German: the same folding for what is written and for what is asked."""
