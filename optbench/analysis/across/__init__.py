"""Several tasks together: profiles, scores, ranks and improvement, each a pure function."""
