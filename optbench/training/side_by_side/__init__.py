"""Runs of one task and optimizer in one program: weights stacked, gradients batched, everything else apart."""
