"""cli: the `tocsin` command."""
