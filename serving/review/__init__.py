"""The queue of orders that a person should look at."""
