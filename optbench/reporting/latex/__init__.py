"""The reporter `latex`: a document that compiles as it is, and whose parts go into a paper one by one."""
