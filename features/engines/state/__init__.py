"""Online window state as compiled columns: no Python object per event, key or order."""
