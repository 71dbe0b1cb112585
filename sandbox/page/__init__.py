"""The page a person looks at: one template, one style sheet, two scripts, nothing from elsewhere."""
