"""Who computes windows: the batch kernel and the online state give the same numbers."""
