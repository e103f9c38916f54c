"""How orders go: warehouse, carrier, outlet and service, alone or as a wave. Pure."""
