"""What strangers, damaged files and garbage answers can do: nothing but be told."""
