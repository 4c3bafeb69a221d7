"""What runs at a Jobcenter: rows in, events on that Jobcenter's raw topics out."""
