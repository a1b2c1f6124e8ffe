"""A bundle and a table become Predictions."""
