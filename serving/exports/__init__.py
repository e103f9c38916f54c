"""The history grows from what the service stored itself."""
