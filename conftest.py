"""What all tests share: Hypothesis judges what the code does, never how long it takes on a busy machine."""

from hypothesis import settings

settings.register_profile("course", deadline=None)
settings.load_profile("course")
