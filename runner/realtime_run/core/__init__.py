"""Pure decisions: no loop, clock, file, socket or log in here."""
