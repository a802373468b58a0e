"""The ksqlDB language: text -> tokens -> tree -> text, and analysis against a catalogue. Pure."""
