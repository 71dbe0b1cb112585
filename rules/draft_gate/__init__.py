"""Whether a drafted mail may be shown to a recipient: one ordered list of checks, each in a file of its own."""
