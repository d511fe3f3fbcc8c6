"""A certificate from an ACME authority (RFC 8555), on one machine and without the internet.

certbot asks, pebble (Let's Encrypt's own authority for tests) answers, nginx shows the proof and serves the
result. Each does what it would do for a real name; only the addresses of names come from a server of our own.
"""
