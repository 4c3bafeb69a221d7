"""Rules about every X, each one test that finds all X by itself, with a companion that shows it can fail."""
