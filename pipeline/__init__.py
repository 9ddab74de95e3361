"""What the pipeline does, in plain Python: it runs and is tested without Prefect."""
