"""The files that data sets need: where they are looked for, verified and downloaded."""
