"""A first mapping document for files that nobody has described yet, for a person to go through."""
