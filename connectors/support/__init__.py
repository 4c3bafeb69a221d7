"""What somebody who helps needs to know of a connector, and nothing of what it carries: no row, no secret."""
