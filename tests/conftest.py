"""What holds for every test: a property is judged by its examples, not by a busy machine or a narrow screen."""

import os

from hypothesis import HealthCheck, settings

# The commands' console measures its screen when it is imported: before any test can say how wide it is.
os.environ["COLUMNS"] = "200"

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
