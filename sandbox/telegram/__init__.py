"""Stand-in for the Telegram Bot API and the one person who writes to the bot."""
