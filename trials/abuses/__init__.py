"""The cases of abuse, in the order in which they are shown."""

from trials.abuse_case import Case
from trials.abuses import bodies, crowds, fields, floods, requests

CASES: tuple[Case, ...] = (*crowds.CASES, *floods.CASES, *bodies.CASES, *fields.CASES, *requests.CASES)
