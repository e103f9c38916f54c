"""Exact causes of what the models said, worked out soon after a decision is durable."""
