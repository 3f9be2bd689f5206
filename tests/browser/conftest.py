"""The fixtures of the browser tests, by their names."""

from browser_walk import browser, county

__all__ = ["browser", "county"]
