"""Published ways of judging a model on public data, followed to the letter."""
