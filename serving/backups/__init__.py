"""Backups of a home and its store: one file, taken while the service runs."""
