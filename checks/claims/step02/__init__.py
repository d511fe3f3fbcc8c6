"""What a site keeps from step 02 on, by HTTP."""
