"""Pages from results: one HTML file that needs no network, read from the folder of a benchmark."""
