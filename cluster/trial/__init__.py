"""What a cluster must bear while visitors ask: `make cluster-trial`. Its visitors are those of `trials/`."""
