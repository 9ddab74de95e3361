"""What stands in the reports."""
