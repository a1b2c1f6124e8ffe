"""Heads: a law of an endpoint, its likelihood and its summary in natural units."""
