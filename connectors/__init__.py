"""At a Jobcenter: row → event → raw topic. Runs on Windows and Linux without Faust, PostgreSQL or a web server."""
