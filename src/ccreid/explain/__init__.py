"""What models look at: class activation maps, cue shares and viewing angles."""
