"""What a command says when it cannot go on: one line, with the mend in it."""


class ClusterError(Exception):
    """A clear line for the person at the terminal. Never shown as a traceback."""
