"""How well identity links tell rings from households, offices and shops."""
