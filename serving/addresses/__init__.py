"""Address enhancement over HTTP."""
