"""One module a claim, in the folder of the first step that keeps it."""
