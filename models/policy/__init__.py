"""From assessments to action, priority and route. Pure."""
