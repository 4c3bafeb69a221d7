"""Named value parsers. Each takes one cell as the format gave it and returns a typed value, or raises BadRow.

Strict on purpose: notation is declared in the Jobcenter's file, never guessed.
"""
