"""What is asked about a company, and what of an answer may be believed (rules B8, B11, B12, B36, B39)."""
