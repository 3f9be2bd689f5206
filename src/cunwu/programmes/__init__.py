"""Campaigns: clean-up ledgers of villages, cases, responsibility down the levels, red cards with the right to reply."""
