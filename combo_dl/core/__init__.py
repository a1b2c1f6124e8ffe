"""The nouns: frozen tables and records every room passes on (numpy, pyarrow; no chemistry, no torch)."""
