"""Tests, path for path beside the rooms."""
