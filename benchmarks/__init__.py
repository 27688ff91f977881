"""The commands behind the figures in the docs; each is run as `python -m benchmarks.NAME`."""
