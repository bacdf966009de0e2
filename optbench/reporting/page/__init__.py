"""The report as one HTML page that needs nothing but itself: styles, script, data and figures are inside."""
