"""`make check` and `make start`: somebody's own server, asked what it should keep by now."""
