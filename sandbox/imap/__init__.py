"""Stand-in for the sender's mailbox: a small IMAP4rev1 server."""
