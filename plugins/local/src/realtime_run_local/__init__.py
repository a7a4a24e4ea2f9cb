"""The offline provider: listens, thinks and speaks on this machine."""
