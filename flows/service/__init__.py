"""``papermarks serve``: the processes that it keeps alive."""
