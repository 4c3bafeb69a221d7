"""The employer portal: an employer reports a job once, the Jobcenter of its workplace decides. No web in here."""
