"""One module per table of a report; each builds a `Table` from what the analysis of its name found."""
