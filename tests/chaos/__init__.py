"""Kill, stop, cut and fill everything, again and again, and count what is lost, done twice or went backwards: nothing.

`python -m tests.chaos` runs it. What judges (wire, ledger, logs, oracle, checker) shares no code with what is judged.
"""
