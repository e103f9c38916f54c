"""Delivery rates against known truth: how near, how sure, and how soon a drop is found."""
