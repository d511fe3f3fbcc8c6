"""`make bench`: how much work a server does with a second of its processor, ours beside those of others.

It guarantees that servers are compared only within one run: in turns, pinned to one core each, the same page.
It refuses to know how a server works inside.
"""
