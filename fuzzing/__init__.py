"""What holds whatever the input, tried on inputs without end: `make fuzz`; the tests run the corpus."""
