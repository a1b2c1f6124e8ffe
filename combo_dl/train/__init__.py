"""Fit members, write bundles. The only room that knows Lightning."""
