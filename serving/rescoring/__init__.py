"""Orders decided without some part are decided again when that part is back."""
