"""What several tests need: valid events, examples, and programs that misbehave."""
