"""`make bench-stack`: the deployed stack beside what people copy today, on the same app.

It guarantees that all is started by the same launcher, measured in turns within one run, and counted by the
processor's seconds of every server process. It refuses to know how a server works inside.
"""
