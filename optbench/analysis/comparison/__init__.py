"""What changed between two conditions: each measure of each cell is worse, better, the same, or undecided."""
