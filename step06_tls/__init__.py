"""Step 06: unlike step 05, the visitor's connection is encrypted, and the server proves its name.

The app is the same but for its cookie; nginx speaks TLS with a certificate that a local authority has signed.
"""
