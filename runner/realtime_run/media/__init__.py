"""Sound on its way to and from files and devices."""
