"""Alerts to people: `ops.alert_messages` to the URLs of ODDSLINE_ALERT_URLS, at least once each.

The watch delivers, and so does a sensor of Dagster's: either may be what died.
"""
