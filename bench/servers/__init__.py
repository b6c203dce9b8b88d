"""What the site is measured against."""
