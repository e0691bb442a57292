"""The Telegram bot: what comes from Telegram, what goes there, and what is remembered in between."""
