"""The REST endpoints of randomization's lists and remarks; the draw itself is supply's, which hands out the kits."""
