"""That the account finds out what is lost or doubled."""
