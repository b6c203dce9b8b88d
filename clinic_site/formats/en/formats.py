# Months in full: a screen reader spells abbreviations out.
DATE_FORMAT = "F j, Y"
