"""The exporter to Opik, with the arguments that programs know it by."""

from collections.abc import Mapping

from sightline.destinations.opik import CLOUD_URL, DESTINATION
from sightline.exporters._exporter import DEFAULT_TIMEOUT_S, Exporter


class OpikExporter(Exporter):
    """Sends calls to Opik, or to a Sightline by `base_url="http://localhost:5173/api"`.

    `api_key` is needed by Comet's cloud, which is the default. Raises `ExportError`.
    """

    destination = DESTINATION

    def __init__(
        self,
        *,
        api_key: str = "",
        workspace: str = "default",
        base_url: str = CLOUD_URL,
        project_name: str = "Default Project",
        headers: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        if not api_key and base_url.rstrip("/") == CLOUD_URL:
            raise self._error("API key is required")
        super().__init__(
            timeout=timeout,
            api_key=api_key,
            workspace=workspace,
            url=base_url,
            project_name=project_name,
            headers=dict(headers) if headers else None,
        )
