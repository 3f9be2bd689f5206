"""Clean-up programmes such as the five clears: who answers for what, a file for each household, how each item ended.

Progress is read from the ledgers and from findings below; nobody types it.
"""
