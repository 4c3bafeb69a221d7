"""The faults, by what they hit. Each module registers its experiments when it is imported."""
