"""What all sinks share: nothing lost, nothing twice, and an account of every record (docs/adr tells why)."""
