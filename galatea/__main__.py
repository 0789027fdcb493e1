"""`python -m galatea`."""

from galatea.cli import main

if __name__ == "__main__":
    main()
