"""A confirmed transaction can still fall off a fork; what finality did not keep is taken back."""
