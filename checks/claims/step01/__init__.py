"""What a site keeps from step 01 on, by a raw socket."""
