"""The message catalogues of the Telegram bot, a file a language."""
