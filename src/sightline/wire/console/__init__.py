"""The shapes of the console's answers."""
