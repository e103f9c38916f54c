"""Where the state of windows lives: in this process, rebuilt from history and store."""
