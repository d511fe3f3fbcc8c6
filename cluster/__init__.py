"""Step 07 on several machines: a swarm of three nodes on this one, or the stack file for a swarm of yours.

It takes the services from the Compose file, and says what it changes. It knows the containers, and nothing of
what runs in them; no step knows it.
"""
