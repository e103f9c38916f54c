"""Trained models, one file each."""
