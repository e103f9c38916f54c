"""The priority of after-sales messages over HTTP, and the corrections it learns from."""
