"""How soon an after-sales message must be read: urgent, normal, or a suggestion."""
