"""Version 1: `galatea.proto` is written by hand, all else is generated from it by `make proto`."""
