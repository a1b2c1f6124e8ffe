"""Split, then scale, then batch: a Study becomes a Fold and ComboBatches."""
