"""What a worker takes from the broker. Whoever reaches it can write anything there, so nothing in it is believed."""
