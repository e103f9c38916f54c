"""Events that other systems subscribe to: Standard Webhooks through an outbox."""
