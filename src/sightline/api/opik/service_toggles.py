"""`toggles`: which features this server has, for UIs that hide what is missing."""

from typing import Any

from litestar import Router, get

from sightline.domain.workspace import Principal

# A feature moves to `True` in the change that builds it.
_TOGGLES: dict[str, bool | int] = {
    "pythonEvaluatorEnabled": False,
    "traceThreadPythonEvaluatorEnabled": False,
    "spanLlmAsJudgeEnabled": False,
    "spanUserDefinedMetricPythonEnabled": False,
    "guardrailsEnabled": False,
    "opikAIEnabled": False,
    "alertsEnabled": False,
    "welcomeWizardEnabled": False,
    "exportEnabled": False,
    "costIntelligenceEnabled": False,
    "datasetVersioningEnabled": False,
    "datasetExportEnabled": False,
    "demoDataEnabled": False,
    "openaiProviderEnabled": False,
    "anthropicProviderEnabled": False,
    "geminiProviderEnabled": False,
    "openrouterProviderEnabled": False,
    "vertexaiProviderEnabled": False,
    "bedrockProviderEnabled": False,
    "customllmProviderEnabled": False,
    "ollamaProviderEnabled": False,
    "ollieEnabled": False,
    "agentInsightsEnabled": False,
    "agentInsightsGuidanceEnabled": False,
    "projectHomepageEnabled": False,
    "onlineScoringTracingEnabled": False,
    "annotationQueueAutomationEnabled": False,
    "eventBridgeAlertsEnabled": False,
    "customChartsEnabledForWorkspace": False,
    "defaultPageSize": 100,
}


@get("/")
async def service_toggles(who: Principal) -> dict[str, Any]:
    """Say which features are there."""
    return _TOGGLES


ROUTER = Router(
    path="/api/v1/private/toggles", route_handlers=[service_toggles], tags=["service-toggles"]
)
