"""Orders tried out against their decision, and what they tell of the decisions."""
