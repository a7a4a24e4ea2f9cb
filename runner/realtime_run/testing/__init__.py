"""What tests of agents and plugins need: providers, sound and time held in the hand."""
