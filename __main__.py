"""The program: settings in, one workshop, outputs out."""

import pulumi

from stack.settings import WorkshopSettings
from stack.workshop import Workshop

settings = WorkshopSettings.from_config()
workshop = Workshop("workshop", settings)

for name, value in workshop.outputs.items():
    pulumi.export(name, value)
