"""What a site keeps from step 07 on, by load balancing and Redis."""
