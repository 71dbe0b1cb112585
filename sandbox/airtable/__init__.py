"""Stand-in for the Airtable Web API: bases, tables, formulas, listings, and their wire format."""
