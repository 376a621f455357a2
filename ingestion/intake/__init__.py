"""What reaches us by webhook: read it, judge each item, land what can be used."""
