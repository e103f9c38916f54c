"""What planners look at: demand, hot products, overload of warehouses."""
