"""The pure core under every order of events that can be thought of: thousands of small histories, drawn from one seed.

Log, state topic and tables are models in memory; what decides (connectors, hub/flow.py, the sinks' decide) is real.
`python -m tests.simulation` draws and judges; a history that breaks a promise is shrunk and its seed is kept.
"""
