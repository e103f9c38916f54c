"""Detectors of abnormal orders, one file each."""
