"""What the running stack must bear: events while visitors ask (`make survive`) and abuse (`make abuse`).

It watches the steps from outside, as the checks do, on whose wire and targets it stands; no step knows it.
"""
