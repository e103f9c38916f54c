"""Scheduled work, done by whichever worker holds its lease."""
