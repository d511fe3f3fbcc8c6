"""Servers that break what a site keeps from step 01 on: the raw socket."""

from checks.mutants.mutant import Mutant, Served

MUTANTS: tuple[Mutant, ...] = (
    Served("DiesOfNobody", "takes the first word of nothing", "empty-connection", "down"),
    Served("SpinsOnNobody", "waits for more from a visitor who has left", "empty-connection", "silent"),
    Served("DiesOfReset", "catches no error of recv() and send()", "client-leaves", "down"),
    Served("WaitsForTheGone", "sends again and again to a visitor who has left", "client-leaves", "silent"),
)
