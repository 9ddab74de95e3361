"""Files and replies by the thousand, none of which may do harm."""
