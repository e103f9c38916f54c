"""Who gets in, what they may, and what is kept of it."""
