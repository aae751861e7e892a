"""Records that are brought in from files, by the use cases through which everybody else records them."""
