"""What is acknowledged stays, whatever ends the process or comes through the door."""
