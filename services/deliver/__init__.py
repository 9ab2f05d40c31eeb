"""deliver: Alert → subscribers."""
