"""Commands: load, call a room, store its answer. No decisions."""
