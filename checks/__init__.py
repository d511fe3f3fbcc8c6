"""Checks: every claim of the course about a running site, judged from outside, over the network.

A check asks one question of whatever stands at an address: a step of this course, or a learner's own server
in any language. It guarantees an answer within its bound, with the evidence for it. It imports nothing of
the steps, and no step imports it.
"""
