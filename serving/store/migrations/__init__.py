"""Steps that bring an older store to today's tables, in order."""
