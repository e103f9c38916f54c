"""The web pages; they call the same services as the API."""
