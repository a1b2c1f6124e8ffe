"""Encoders, fusion, heads and objective: tensors in, parameters of a law per endpoint out."""
