"""The version of this client, which it also tells the service."""

__all__ = ["__version__"]

__version__ = "0.1.0"
