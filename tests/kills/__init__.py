"""Kill the pipeline at any moment, and see that nothing is lost and nothing sent twice."""
