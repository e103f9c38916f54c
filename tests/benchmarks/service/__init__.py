"""The running service under load: how fast, how full, with its helpers gone, and killed."""
