"""Every point at which a run can die or an answer can go wrong, one after the other."""
