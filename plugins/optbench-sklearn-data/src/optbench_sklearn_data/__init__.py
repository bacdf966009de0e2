"""scikit-learn's bundled and generated data sets for optbench, with tasks and a suite on them."""
