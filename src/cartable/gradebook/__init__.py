"""What clients write: categories, line items, results and what belongs to them."""
