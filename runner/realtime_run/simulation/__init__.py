"""What simulators of providers share: hearing, a voice of tones, scripts, a mind."""
