"""Recognises how a delivery is written and what its columns mean. It proposes; what is run is declared."""
