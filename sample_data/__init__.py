"""Files to try it on; what is wrong in each is said in the README beside them."""
