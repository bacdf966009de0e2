"""What plugins provide: one noun per module, each a named value."""
