"""Programs that the engine runs in measurements: modules, so that state can name their classes."""
