"""What a cluster must bear while visitors ask: `make cluster-trial`. It stands on the visitors of `trials/`."""
