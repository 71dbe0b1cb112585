"""Stand-in for the transactional part of the Brevo API."""
