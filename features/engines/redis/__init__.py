"""Window state in Redis or Valkey, shared by many workers: one call an order."""
