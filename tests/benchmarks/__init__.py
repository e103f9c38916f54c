"""Speed and quality, measured by commands anyone can run; nothing here is a timed test."""
