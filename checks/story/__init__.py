"""`make break`: the failures of a step, told on a wall, each beside the step that mends it."""
