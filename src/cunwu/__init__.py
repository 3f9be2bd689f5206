"""Cunwu (村务): governance of a county's villages."""
