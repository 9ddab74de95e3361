"""The client of Surpass, against the sandbox and against a server that says what it is told."""
