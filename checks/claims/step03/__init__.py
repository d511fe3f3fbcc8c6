"""What a site keeps from step 03 on, by threads and processes."""
