"""How deliveries go: rates, drops, warnings, health and advice. Pure; no fitting of risk models."""
