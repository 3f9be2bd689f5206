"""Screening rules that ask questions of the ledgers, findings and how they were resolved, indicators anyone can recompute."""
