"""What a site keeps from step 05 on, by nginx."""
