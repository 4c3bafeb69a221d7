"""The fast way of reading: a whole batch at once, field after field (ADR 0005). Says "surely good" or "doubt"."""
