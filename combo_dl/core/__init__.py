"""The nouns: frozen tables and records every room passes on (no chemistry, no torch)."""
