"""What makes Faust lossless: tasks, positions and state of their own, one transaction for each batch (ADR 0002)."""
