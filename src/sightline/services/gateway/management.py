"""All of the gateway that people manage, in one hand for the faces."""

import dataclasses

from sightline.core.clock import Clock
from sightline.core.sealing import Sealer
from sightline.pricing.price_book import PriceBook
from sightline.services.gateway.accounts import Accounts
from sightline.services.gateway.catalogue import GatewayCatalogue
from sightline.services.gateway.config import FileConfig
from sightline.services.gateway.keys import GatewayKeys
from sightline.services.gateway.models import Health, Models
from sightline.services.gateway.presets import Presets
from sightline.services.gateway.providers import Fetcher, Providers
from sightline.stores.catalog.engine import Catalog


@dataclasses.dataclass(kw_only=True)
class Management:
    """`keys` and `catalogue` are also the engine's ports `Callers` and `Catalogue`."""

    keys: GatewayKeys
    catalogue: GatewayCatalogue
    accounts: Accounts
    providers: Providers
    models: Models
    presets: Presets
    book: PriceBook
    health: Health

    @classmethod
    def build(
        cls,
        *,
        catalog: Catalog,
        keys: GatewayKeys,
        file: FileConfig,
        sealer: Sealer,
        outbound: Fetcher,
        book: PriceBook,
        health: Health,
        clock: Clock,
    ) -> "Management":
        """Put it together."""
        catalogue = GatewayCatalogue(catalog, sealer, clock, file)
        return cls(
            keys=keys,
            catalogue=catalogue,
            accounts=Accounts(catalog, keys, clock),
            providers=Providers(catalog, sealer, catalogue, outbound, clock),
            models=Models(catalog, catalogue, clock),
            presets=Presets(catalog, catalogue, clock),
            book=book,
            health=health,
        )

    def start(self) -> None:
        """Begin what runs in the background; call inside the serving loop."""
        self.keys.start()

    async def stop(self) -> None:
        await self.keys.stop()
        await self.catalogue.stop()
