"""Mutants: servers and configurations that are each wrong in one named way, as learners' are.

They prove the checks: each mutant is caught by the check that it names, with the hint that it names; and each
check catches a mutant. Nothing here is ever part of a step.
"""
