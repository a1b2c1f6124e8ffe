"""Claims, hospital records and tumour profiles become one event table, and that becomes a Study."""
