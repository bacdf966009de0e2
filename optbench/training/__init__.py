"""Training: the loop, its random streams and clocks, isolated workers, and the campaign that feeds them."""
