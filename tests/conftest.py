"""What holds for all tests."""

# First, and whole: `sandbox.plugins.protocol` puts empty packages in the SDK's place where it
# is not loaded yet, which is right for a plugin's process and wrong for this one.
import pulumi as pulumi  # noqa: PLC0414 - the explicit re-export keeps an import that is its own purpose
from hypothesis import settings

# Hypothesis fails examples that take long; on a busy machine any of them does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
