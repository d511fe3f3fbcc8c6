"""What a site keeps from step 06 on, by TLS."""
