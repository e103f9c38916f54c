"""Offline address resolution against shipped data. Pure: no network, no clock."""
