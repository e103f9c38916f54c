"""What became known about orders later, from outside."""
