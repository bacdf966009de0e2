"""`python -m optbench`."""

from optbench.cli.main import main

if __name__ == "__main__":
    main()
