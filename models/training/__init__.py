"""Row selection, splits, fitting. Takes frames, returns values."""
