"""What a site keeps from step 04 on, by Flask."""
