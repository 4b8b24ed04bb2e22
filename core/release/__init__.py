"""From trained networks to a shipped pair, and from a shipped pair to figures on somebody else's images."""
