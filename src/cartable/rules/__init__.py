"""What must be true of a delivery: data only."""
