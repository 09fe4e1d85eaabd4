"""Every operation of the generated REST client's groups that are built, each answer parsed by it.

A step is named `group.method`; the client's own type has accepted the answer when it is ok.
"""

import base64
import datetime as dt
import inspect
import sys
import uuid

from opik import hooks, id_helpers
from opik.rest_api.types.feedback_create import (
    FeedbackCreate_Boolean,
    FeedbackCreate_Categorical,
    FeedbackCreate_Numerical,
)
from opik.rest_api.types.feedback_score_batch_item import FeedbackScoreBatchItem
from opik.rest_api.types.feedback_score_batch_item_thread import FeedbackScoreBatchItemThread
from opik.rest_api.types.feedback_update import FeedbackUpdate_Numerical
from opik.rest_api.types.guardrail import Guardrail
from opik.rest_api.types.multipart_upload_part import MultipartUploadPart
from opik.rest_api.types.span_update import SpanUpdate
from opik.rest_api.types.span_write import SpanWrite
from opik.rest_api.types.trace_thread_update import TraceThreadUpdate
from opik.rest_api.types.trace_update import TraceUpdate
from opik.rest_api.types.trace_write import TraceWrite
from shared import Transcript

# Redirects lead to pages of the UI; the answer itself is what is asked about here.
hooks.add_httpx_client_hook(hooks.HttpxClientHook(None, {"follow_redirects": False}))

import opik  # noqa: E402 — after the hook

PROJECT = "sdk-rest"
NOW = dt.datetime.now(dt.UTC)
HOUR = dt.timedelta(hours=1)
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
rest = client.rest_client
new = id_helpers.generate_id

GROUPS = (
    "attachments check environments feedback_definitions guardrails open_telemetry_ingestion "
    "projects redirect service_toggles spans traces workspace_permissions workspaces"
).split()
t.note(
    "methods",
    {
        group: [
            name
            for name, _ in inspect.getmembers(getattr(rest, group), callable)
            if not name.startswith("_")
        ]
        for group in GROUPS
    },
)


def call(operation, /, *args, _as=None, **kwargs):
    """Make one call of the REST client by its name, and note it."""
    group, _, method = operation.partition(".")
    run = getattr(getattr(rest, group), method)
    return t.step(_as or operation, lambda: run(*args, **kwargs))


def chunks(operation, /, **kwargs):
    """The same for an operation that streams: what came, as one text."""
    group, _, method = operation.partition(".")
    run = getattr(getattr(rest, group), method)
    t.step(operation, lambda: b"".join(run(**kwargs)).decode())


def location(operation, /, *args, **kwargs):
    """The same for an operation whose new id stands in the Location header alone."""
    group, _, method = operation.partition(".")
    run = getattr(getattr(rest, group).with_raw_response, method)
    return t.step(operation, lambda: run(*args, **kwargs).headers["location"].rsplit("/", 1)[-1])


# check, toggles, permissions
call("check.access", request={})
call("check.get_workspace_name")
call("service_toggles.get_service_toggles")
call("workspace_permissions.get_workspace_user_permissions")

# projects
call("projects.create_project", name=PROJECT, description="made by hand")
call("projects.create_project", name=PROJECT, _as="projects.create_project again")
project = call("projects.retrieve_project", name=PROJECT)
call("projects.retrieve_project", name=PROJECT, include_stats=True, _as="project with stats")
call("projects.retrieve_project", name="sdk-rest-none", _as="no such project")
call("projects.get_project_by_id", project.id)
call("projects.update_project", project.id, description="changed")
call("projects.find_projects", name=PROJECT, size=5,
     sorting='[{"field":"created_at","direction":"DESC"}]')  # fmt: skip

# traces
made = [new() for _ in range(5)]
thread = f"thread {uuid.uuid4().hex[:6]}"
call("traces.create_trace", id=made[0], project_name=PROJECT, name="one", start_time=NOW - HOUR,
     end_time=NOW, input={"q": 1}, output={"a": 2}, metadata={"m": 3}, tags=["x"],
     thread_id=thread, ttft=12.5, source="sdk", environment="production")  # fmt: skip
call("traces.create_trace", id=made[0], project_name=PROJECT, start_time=NOW,
     _as="traces.create_trace again")  # fmt: skip
call(
    "traces.create_traces",
    traces=[
        TraceWrite(id=i, project_name=PROJECT, name=f"batch {n}", start_time=NOW, thread_id=thread,
                   input=[{"a": "list"}], output="a text")
        for n, i in enumerate(made[1:])
    ],
)  # fmt: skip
call("traces.update_trace", made[1], project_name=PROJECT, end_time=NOW, output={"late": 1},
     tags_to_add=["late"])  # fmt: skip
call("traces.batch_update_traces", ids=made[2:4], update=TraceUpdate(project_name=PROJECT,
     tags=["batch"]), merge_tags=True)  # fmt: skip
call("traces.get_trace_by_id", made[0])
call("traces.get_trace_by_id", made[1], _as="trace with a list and a text")
call("traces.get_trace_by_id", made[0], strip_attachments=True, _as="trace stripped")
call("traces.get_traces_by_project", project_name=PROJECT, page=1, size=2, truncate=True,
     strip_attachments=True, exclude='["input"]', search="batch",
     sorting='[{"field":"name","direction":"ASC"}]')  # fmt: skip
call("traces.get_traces_by_project", project_id=project.id, from_time=NOW - HOUR * 2,
     filters='[{"field":"tags","operator":"contains","value":"batch"}]',
     _as="traces filtered")  # fmt: skip
chunks("traces.search_traces", project_name=PROJECT, limit=2)
call("traces.get_trace_stats", project_name=PROJECT)
call("traces.exist", project_name=PROJECT)
call("traces.add_trace_feedback_score", made[0], name="s", value=0.5, source="ui", reason="r")
call("traces.score_batch_of_traces", scores=[FeedbackScoreBatchItem(
     id=made[1], project_name=PROJECT, name="b", value=1, source="sdk")])  # fmt: skip
call("traces.find_feedback_score_names2", project_id=project.id)
call("projects.find_feedback_score_names_by_project_ids", project_ids=f'["{project.id}"]')
call("traces.delete_trace_feedback_score", made[1], name="b")
comment = location("traces.add_trace_comment", made[0], text="hm")
call("traces.get_trace_comment", made[0], comment)
call("traces.update_trace_comment", comment, text="hm!")
call("traces.get_trace_by_id", made[0], _as="trace annotated")
call("traces.delete_trace_comments", ids=[comment])

# threads
call("traces.get_trace_threads", project_name=PROJECT, page=1, size=10)
found = call("traces.get_trace_thread", thread_id=thread, project_name=PROJECT)
model = found.thread_model_id if found else new()
call("traces.get_trace_thread_stats", project_name=PROJECT)
chunks("traces.search_trace_threads", project_name=PROJECT, limit=10)
call("traces.update_thread", model, tags=["vip"])
call("traces.batch_update_threads", ids=[model], update=TraceThreadUpdate(tags=["more"]),
     merge_tags=True)  # fmt: skip
call("traces.close_trace_thread", project_name=PROJECT, thread_id=thread)
call("traces.score_batch_of_threads", scores=[FeedbackScoreBatchItemThread(
     thread_id=thread, project_name=PROJECT, name="mood", value=0.5, source="sdk")])  # fmt: skip
call("traces.find_trace_threads_feedback_score_names", project_id=project.id)
call("traces.get_trace_thread", thread_id=thread, project_name=PROJECT, _as="thread scored")
call("traces.delete_thread_feedback_scores", project_name=PROJECT, thread_id=thread,
     names=["mood"])  # fmt: skip
call("traces.open_trace_thread", thread_id=thread, project_name=PROJECT)
comment = location("traces.add_thread_comment", model, text="hm")
call("traces.get_thread_comment", model, comment)
call("traces.update_thread_comment", comment, text="hm!")
call("traces.delete_thread_comments", ids=[comment])

# spans
span = [new() for _ in range(4)]
call("spans.create_span", id=span[0], trace_id=made[0], project_name=PROJECT, name="root",
     type="llm", start_time=NOW - HOUR, end_time=NOW, input={"p": 1}, output={"o": 2},
     model="gpt-4o", provider="openai", tags=["x"], ttft=5.0, total_estimated_cost=0.5,
     usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
     metadata={"m": 1}, source="sdk", environment="production")  # fmt: skip
call("spans.create_span", id=span[0], trace_id=made[0], project_name=PROJECT, start_time=NOW,
     _as="spans.create_span again")  # fmt: skip
call(
    "spans.create_spans",
    spans=[
        SpanWrite(id=i, trace_id=made[0], parent_span_id=span[0], project_name=PROJECT,
                  name=f"child {n}", type="tool", start_time=NOW)
        for n, i in enumerate(span[1:])
    ],
)  # fmt: skip
call("spans.update_span", span[1], trace_id=made[0], parent_span_id=span[0],
     project_name=PROJECT, end_time=NOW, output={"late": 1})  # fmt: skip
call("spans.batch_update_spans", ids=span[2:], update=SpanUpdate(trace_id=made[0],
     parent_span_id=span[0], project_name=PROJECT, tags=["batch"]), merge_tags=True)  # fmt: skip
call("spans.get_span_by_id", span[0])
call("spans.get_span_by_id", span[1], _as="span updated")
call("spans.get_spans_by_project", project_name=PROJECT, trace_id=made[0], page=1, size=3,
     type="tool", sorting='[{"field":"name","direction":"DESC"}]')  # fmt: skip
chunks("spans.search_spans", project_name=PROJECT, trace_id=made[0], limit=10)
call("spans.get_span_stats", project_name=PROJECT, trace_id=made[0])
call("spans.exist", project_name=PROJECT)
call("spans.add_span_feedback_score", span[0], name="s", value=0.5, source="ui")
call("spans.score_batch_of_spans", scores=[FeedbackScoreBatchItem(
     id=span[1], project_name=PROJECT, name="b", value=1, source="sdk")])  # fmt: skip
call("spans.find_feedback_score_names1", project_id=project.id, type="llm")
call("spans.delete_span_feedback_score", span[1], name="b")
comment = location("spans.add_span_comment", span[0], text="hm")
call("spans.get_span_comment", span[0], comment)
call("spans.update_span_comment", comment, text="hm!")
call("spans.delete_span_comments", ids=[comment])
call("traces.get_trace_by_id", made[0], _as="trace with spans")

# figures
call("projects.get_project_stats", name=PROJECT)
call("projects.find_token_usage_names", project.id)
call("projects.get_project_kpi_cards", project.id, entity_type="traces",
     interval_start=NOW - HOUR * 24, interval_end=NOW + HOUR)  # fmt: skip
for metric in (
    "FEEDBACK_SCORES TRACE_COUNT TOKEN_USAGE DURATION COST GUARDRAILS_FAILED_COUNT THREAD_COUNT "
    "THREAD_DURATION THREAD_FEEDBACK_SCORES SPAN_FEEDBACK_SCORES SPAN_COUNT SPAN_DURATION "
    "SPAN_TOKEN_USAGE TRACE_AVERAGE_DURATION TRACE_ERROR_RATE SPAN_AVERAGE_DURATION SPAN_COST "
    "SPAN_ERROR_RATE THREAD_AVERAGE_DURATION THREAD_COST"
).split():
    call("projects.get_project_metrics", project.id, metric_type=metric, interval="DAILY",
         _as=f"metric {metric}", interval_start=NOW - HOUR * 24,
         interval_end=NOW + HOUR)  # fmt: skip
call("projects.get_project_metrics", project.id, metric_type="TRACE_COUNT", interval="HOURLY",
     interval_start=NOW - HOUR * 24)  # fmt: skip
call("projects.get_recent_activity", project.id)
period = {"interval_start": NOW - HOUR * 24, "interval_end": NOW + HOUR}
call("workspaces.costs_summary", **period)
call("workspaces.get_cost", **period)
call("workspaces.metrics_summary", **period)
call("workspaces.get_metric", **period)
call("workspaces.get_workspace_span_metric", metric_type="SPAN_COUNT", interval="DAILY", **period)
call("workspaces.get_workspace_token_usage_names")
call("workspaces.get_workspace_configuration", _as="no configuration")
call("workspaces.upsert_workspace_configuration", timeout_to_mark_thread_as_inactive="PT15M",
     truncation_on_tables=True, color_map={"a": "#123456"})  # fmt: skip
call("workspaces.get_workspace_configuration")
call("workspaces.delete_workspace_configuration")

# feedback definitions
definition, second, third = new(), new(), new()
call("feedback_definitions.create_feedback_definition", request=FeedbackCreate_Numerical(
     id=definition, name="sdk-rest number", details={"min": 0, "max": 1}))  # fmt: skip
call("feedback_definitions.create_feedback_definition", request=FeedbackCreate_Categorical(
     id=second, name="sdk-rest category", details={"categories": {"good": 1, "bad": 0}}),
     _as="a categorical definition")  # fmt: skip
call("feedback_definitions.create_feedback_definition", request=FeedbackCreate_Boolean(
     id=third, name="sdk-rest boolean", details={"true_label": "yes", "false_label": "no"}),
     _as="a boolean definition")  # fmt: skip
call("feedback_definitions.find_feedback_definitions", name="sdk-rest")
for id in [d.id for d in rest.feedback_definitions.find_feedback_definitions(
           name="sdk-rest").content]:  # fmt: skip
    call("feedback_definitions.get_feedback_definition_by_id", id)
    call("feedback_definitions.update_feedback_definition", id, request=FeedbackUpdate_Numerical(
         name=f"sdk-rest {id}", details={"min": 0, "max": 10}))  # fmt: skip
    last = id
call("feedback_definitions.get_feedback_definition_by_id", last, _as="definition updated")
call("feedback_definitions.delete_feedback_definition_by_id", last)
call("feedback_definitions.delete_feedback_definitions_batch", ids=[
     d.id for d in rest.feedback_definitions.find_feedback_definitions(name="sdk-rest").content
])  # fmt: skip
call("feedback_definitions.find_feedback_definitions", name="sdk-rest", _as="definitions left")

# environments
environment = new()
call("environments.create_environment", id=environment, name="sdk-rest", description="d",
     color="#112233", position=7)  # fmt: skip
call("environments.get_environment_by_id", environment)
call("environments.update_environment", environment, name="sdk-rest-2", position=8)
call("environments.find_environments")
call("environments.delete_environments_batch", ids=[environment])
call("environments.get_environment_by_id", environment, _as="no such environment")

# guardrails
call("guardrails.create_guardrails", guardrails=[Guardrail(
     entity_id=made[0], secondary_id=span[0], project_name=PROJECT, name="PII", result="failed",
     config={"threshold": 0.5}, details={"found": ["EMAIL"]})])  # fmt: skip
call("traces.get_trace_by_id", made[0], _as="trace guarded")

# attachments
path = base64.b64encode(client.config.url_override.encode()).decode()
entity = {"entity_type": "trace", "entity_id": made[0]}
begun = call("attachments.start_multi_part_upload", file_name="a.txt", num_of_file_parts=1,
             mime_type="text/plain", project_name=PROJECT, path=path, **entity)  # fmt: skip
call("attachments.upload_attachment", file_name="a.txt", project_name=PROJECT,
     mime_type="text/plain", request={"a": 1}, **entity)  # fmt: skip
call("attachments.attachment_list", project_id=project.id, path=path, **entity)
chunks("attachments.download_attachment", container_id=project.id, file_name="a.txt",
       mime_type="text/plain", **entity)  # fmt: skip
call("attachments.complete_multi_part_upload", file_name="a.txt", project_name=PROJECT,
     mime_type="text/plain", file_size=8, upload_id=begun.upload_id,
     uploaded_file_parts=[MultipartUploadPart(e_tag="x", part_number=1)], **entity)  # fmt: skip
call("attachments.delete_attachments", file_name="a.txt", file_size=8,
     upload_id=begun.upload_id, uploaded_file_parts=[], **entity)  # fmt: skip
call("attachments.attachment_list", project_id=project.id, path=path, _as="attachments left",
     **entity)  # fmt: skip

# otel, links
call("open_telemetry_ingestion.receive_protobuf_traces")
call("redirect.projects_redirect", trace_id=made[0], path=path)
call("redirect.projects_redirect", trace_id=new(), path=path, _as="no such trace")
call("redirect.datasets_redirect", dataset_id=new(), path=path)
call("redirect.experiments_redirect", dataset_id=new(), experiment_id=new(), path=path)
call("redirect.optimizations_redirect", dataset_id=new(), optimization_id=new(), path=path)

# Belonging to a project, and not built.
for name in ("alerts", "dashboards", "datasets", "experiments", "optimizations"):
    call(f"projects.find_{name}_by_project", project.id)
call("projects.get_prompts_by_project", project.id)

# deleting
call("spans.delete_span_by_id", span[3])
call("spans.get_span_by_id", span[3], _as="deleted span")
call("traces.delete_trace_by_id", made[4])
call("traces.delete_traces", ids=made[2:4], project_id=project.id)
call("traces.get_trace_by_id", made[4], _as="deleted trace")
call("traces.delete_trace_threads", project_name=PROJECT, thread_ids=[thread])
call("traces.get_trace_threads", project_name=PROJECT, _as="threads left")
call("projects.delete_project_by_id", project.id)
call("projects.get_project_by_id", project.id, _as="deleted project")
rest.projects.create_project(name="sdk-rest-batch")
batch = rest.projects.retrieve_project(name="sdk-rest-batch")
call("projects.delete_projects_batch", ids=[batch.id])
call("projects.find_projects", name="sdk-rest-batch", _as="projects left")

client.end()
t.write()
sys.exit(0)
