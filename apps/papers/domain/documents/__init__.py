"""Papers written down: composed into blocks first, then set as PDF; a renderer computes nothing."""
