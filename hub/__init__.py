"""What runs at the hub: Kafka in, PostgreSQL and the board out."""
