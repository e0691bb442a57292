"""Front ends and the command line."""
