"""Everything on one machine: embedded services, the roles as processes of their own, and what came of the deliveries."""
