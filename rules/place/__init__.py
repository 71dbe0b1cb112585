"""Where a lead is: free-text country, state and city to candidate time zones."""
