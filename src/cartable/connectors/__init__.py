"""Outward: what Cartable asks of other systems, and sends to them."""
