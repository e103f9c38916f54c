"""Tables, the engine that reaches them, and their migrations. No decisions."""
