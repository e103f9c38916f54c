"""Where the state of windows lives: in this process, filled from history and store; or in Redis."""
