"""Who may read and write through the web: API clients, what each was given, what it read and wrote.

Scopes, services and groups of fields are data. `authenticating.client_of` is the way in of every call.
"""
