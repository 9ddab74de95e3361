"""When and where the pipeline runs: Prefect flows and the command line. Thin."""
