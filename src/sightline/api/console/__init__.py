"""What only our own console and operators need."""
