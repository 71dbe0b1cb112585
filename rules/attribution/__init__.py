"""Whether an address belongs to the company on its record: three tiers, cheapest first (rules A6, A13)."""
