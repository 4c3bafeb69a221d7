"""For each source type a delivery that the contract is tried on: `sample(tmp_path)`, in a file named like the type."""
