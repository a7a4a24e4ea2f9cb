"""Speech to text: one Protocol, and what implements it."""
