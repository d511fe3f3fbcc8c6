"""What spans the steps: the stack's shape, the documents, the site from outside, and the browser."""
