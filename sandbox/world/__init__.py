"""The world behind the stand-ins: time, people, the provider's books and the mailbox. No HTTP in here."""
