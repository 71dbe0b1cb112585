"""What only the sandbox has: its clock, its faults, its counters, and the page that shows them."""
