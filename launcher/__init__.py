"""The launcher starts steps natively, waits until they answer, and stops them, leaving no process behind.

It knows the steps' lists of processes (`processes.ini`) and their ports, and nothing else about them; no step
knows the launcher. supervisord keeps the processes; a guard ends them when the launcher is killed.
"""

from launcher.sites import Site, running

__all__ = ["Site", "running"]
