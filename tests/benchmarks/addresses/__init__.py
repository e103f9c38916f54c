"""How right, how honest and how fast the address resolver is, beside its peers."""
