"""What is held of people: for how long, what goes with an erasure, and what a patient is given of it."""
