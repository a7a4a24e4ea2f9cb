"""What simulators of providers share: hearing, voices, scripts."""
