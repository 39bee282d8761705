"""The only room that knows the database: the roster's tables, reading and applying.

Importing this package loads nothing; `opening.opened` is the way in and loads Django.
"""
