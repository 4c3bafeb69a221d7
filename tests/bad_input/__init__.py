"""Bad input of 64 classes, with sound neighbours: what must become of it, and that nothing else suffers."""
