"""What the stand-in models answer: mails, verdicts, classes and research, all invented and all repeatable."""
