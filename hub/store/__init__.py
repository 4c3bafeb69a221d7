"""What the hub keeps in PostgreSQL: tables, their migrations, and the ledger over them."""
