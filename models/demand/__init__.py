"""Demand: series out of a history, what is known of them at an origin, and their forecast."""
