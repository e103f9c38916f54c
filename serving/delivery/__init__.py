"""Where orders should leave from and who should bring them; how deliveries have gone."""
