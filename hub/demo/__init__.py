"""Everything on one machine: embedded services, the roles as processes, and what came of the deliveries."""
