"""The job board: pages for people, JSON for programs, the schema registry for Kafka clients."""
