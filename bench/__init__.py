"""The measurements: `make bench`. Each figure is compared with its limit in the same run."""
