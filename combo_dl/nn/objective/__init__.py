"""Objectives: the parts of a loss, weighed."""
