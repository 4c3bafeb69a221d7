"""Source types, one file each. The file name is the registration."""
