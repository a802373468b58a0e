"""Builds every part of the sandbox and connects them: the only module that knows all.

Parts never import each other; what one needs of another is handed over here, as a callback
or behind a protocol. Leaves out HTTP (`sandbox.server`) and the process (`sandbox.process`).
"""

from sandbox.api import Caller, Realm
from sandbox.clock import Clock, ManualClock, SystemClock
from sandbox.confluent.routes import confluent_apis
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.provisioning import provisioning_from
from sandbox.confluent.state.store import Store
from sandbox.data_planes import RuntimePlanes
from sandbox.faults import Faults
from sandbox.inventory import Thing, confluent_inventory
from sandbox.own_api import own_api
from sandbox.server import Application
from sandbox.settings import CLOUD_API_KEY, CLOUD_API_SECRET, ClockKind, SandboxSettings


class Runtime:
    """One sandbox: its parts, alive until `stop`."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.clock: Clock = (
            ManualClock()
            if settings.clock is ClockKind.MANUAL
            else SystemClock(speed=settings.speed)
        )
        self.faults = Faults()
        self.planes = RuntimePlanes(settings, self.clock)
        store = Store(
            self.clock,
            provisioning_from(settings.provisioning, self.clock),
            settings.base_url,
            self.planes,
        )
        self.cloud = Cloud(store, bootstrap_key=CLOUD_API_KEY, bootstrap_secret=CLOUD_API_SECRET)
        self.planes.connect(self.cloud)
        self.apis = (*confluent_apis(self.cloud), *self.planes.apis(), own_api(self))
        self.application = Application(self.apis, self._authenticate, self.faults)

    def inventory(self) -> dict[str, list[Thing]]:
        """Return everything that exists, by kind."""
        return {
            **confluent_inventory(self.cloud, self.planes.registries),
            **self.planes.inventory(),
        }

    def stop(self) -> None:
        """End queries, connectors and held calls, so that their connections close."""
        self.application.release(self.faults.clear())
        self.planes.stop()

    def _authenticate(self, realm: Realm, key: str, secret: str, resource_id: str | None) -> Caller:
        return self.cloud.access.authenticate(realm, key, secret, resource_id)
