"""The fast way of reading: a whole batch at once, one field after the other (ADR 0005). Says "surely good" or "doubt"."""
