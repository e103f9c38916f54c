"""The delivery models on real orders, period by period, beside simpler ways in the same run."""
