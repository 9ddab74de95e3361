"""All that is Prefect's: its server, what it shows of a run, limits that machines share."""
