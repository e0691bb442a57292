"""The conversation in the terminal: the prompt, what is typed there, and what is kept of it."""
