"""The weekly run: new outcomes, challengers, the gate, promotion, the report."""
