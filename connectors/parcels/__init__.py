"""Parcels: records of the outbox that were decided on together, in one row of the state file.

Each record keeps a number of its own and is acknowledged by itself. Events stay here as long as they are their
entity's last word, and nowhere else; `connectors/spent.py` erases them then. Other records, reports on deliveries, lie
there as they go on the wire and go with the last acknowledgement of their parcel.
"""
