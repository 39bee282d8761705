"""Steps from each edition of the tables to the next, as `makemigrations` writes them."""
