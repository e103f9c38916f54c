"""How the world reaches the project: HTTP, console, commands, stores, jobs."""
