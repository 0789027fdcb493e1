"""What the client does, each behaviour once; see `galatea_client.steps` for what a flow is."""
