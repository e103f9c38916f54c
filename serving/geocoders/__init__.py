"""Outside geocoders, one file a provider, all of geopy's interface."""
