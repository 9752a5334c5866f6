"""How numbers are seen: colours, pixels, still sheets and figures."""
