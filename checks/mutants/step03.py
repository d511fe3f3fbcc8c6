"""Servers that break what a site keeps from step 03 on: threads and processes."""

from checks.mutants.mutant import Mutant, Served

MUTANTS: tuple[Mutant, ...] = (
    Served(
        "OneLoop", "believes that a deep backlog serves several visitors", "second-visitor", "one-at-a-time"
    ),
    Served("NewestFirst", "serves one at a time, whoever came last", "second-visitor", "one-at-a-time"),
    Served("TwoThreads", "has two threads for three visitors", "second-visitor", "few"),
    Served("FewThreads", "lets each idle connection hold one of eight threads", "idle-crowd", "silent"),
    Served("NobodyBehind", "is one process that nobody replaces", "crashed-worker", "alone"),
    Served("ForkedOnce", "forks its workers once", "crashed-worker", "not-replaced"),
)
