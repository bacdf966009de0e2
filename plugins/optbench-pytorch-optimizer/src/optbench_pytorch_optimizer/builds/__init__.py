"""What builds those optimizers whose class is not simply called with the parameters and a learning rate."""
