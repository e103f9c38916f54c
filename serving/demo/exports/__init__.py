"""What the merchant's channels and systems export, each in its own form and encoding."""
