"""Metrics, intervals, calibration. Never fits."""
