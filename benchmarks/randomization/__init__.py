"""How fast places are drawn: the bare database function, the service, and HTTP, in one run."""
