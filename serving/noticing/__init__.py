"""Noticing how deliveries go: rates, outlets that drop, advice. A job works, routes read."""
