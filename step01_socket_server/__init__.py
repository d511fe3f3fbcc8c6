"""Step 01: a TCP socket and one accept loop.

It guarantees that whoever connects and sends bytes gets the page's bytes back, one visitor after the other.
It refuses to know what those bytes mean: it has no protocol, so every visitor gets the same page.
"""
