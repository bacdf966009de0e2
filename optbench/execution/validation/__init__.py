"""What would go wrong in every run is said before anything runs."""
