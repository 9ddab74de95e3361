"""The drop folder: files in all states of arrival, real processes, and kills."""
