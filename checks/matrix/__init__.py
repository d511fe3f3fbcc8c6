"""`make matrix`: every check at every step, and the table, the document and the page that come of it."""
