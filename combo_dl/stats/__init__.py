"""Scores and their uncertainty, from arrays; one code path for validation, test and report."""
