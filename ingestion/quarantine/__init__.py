"""Items that could not land, kept whole in raw.deliveries until somebody or something settles them."""
