"""What a roster is: values and tables; standard library only, no input or output."""
