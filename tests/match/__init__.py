"""A labelled set of pairs for the matcher, and its score on it. Nothing here uses the matcher's own spelling rules."""
