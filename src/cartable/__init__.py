"""Cartable carries school rosters from the school information system to the classroom."""

__version__ = "0.1.0"
