"""The merchant's rules: versions in the store, checks, trials, and the routes to them."""
