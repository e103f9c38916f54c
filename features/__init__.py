"""What is known about an order at a moment: canonical tables, windows, feature functions."""
