"""Attachments: with a trace, with a span, by the client, out of a payload, from a function."""

import base64
import hashlib
from pathlib import Path

import opik
from opik import Attachment, opik_context
from shared import Transcript

PROJECT = "sdk-attachments"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
opik.set_global_client(client)
attachments = client.get_attachment_client()


def blob(size):
    """Bytes that do not compress, the same each time."""
    seed, parts = b"seed", []
    while sum(map(len, parts)) < size:
        seed = hashlib.sha512(seed).digest()
        parts.append(seed * 64)
    return b"".join(parts)[:size]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def files(kind, id, project=PROJECT):
    """What the client lists, with the hash of what it downloads."""
    listed = attachments.get_attachment_list(project, id, kind)
    return {
        item.file_name: {
            "mime": item.mime_type,
            "size": item.file_size,
            "sha": digest(
                b"".join(
                    attachments.download_attachment(
                        project, kind, id, item.file_name, item.mime_type
                    )
                )
            ),
        }
        for item in listed
    }


Path("small.txt").write_bytes(b"hello attachment")
Path("large.bin").write_bytes(blob(12 * 1024 * 1024))
t.note("sha small", digest(b"hello attachment"))
t.note("sha large", digest(Path("large.bin").read_bytes()))

# Along with what is logged.
trace = client.trace(
    name="with files",
    attachments=[
        Attachment(data="small.txt", file_name="named.txt", content_type="text/plain"),
        Attachment(data="large.bin", create_temp_copy=False),
    ],
)
span = trace.span(name="s", attachments=[Attachment(data=b"# bytes", file_name="notes.md")])
span.end()
trace.end()
t.step("flush", client.flush)
t.step("of trace", files, "trace", trace.id)
t.step("of span", files, "span", span.id)

# By the client and by the queue.
t.step("upload", attachments.upload_attachment, PROJECT, "trace", trace.id, "small.txt")
client.queue_attachment_upload("trace", trace.id, PROJECT, "small.txt", "queued.txt", "text/plain")
client.flush()
t.step("of trace later", files, "trace", trace.id)
t.step("download unknown", lambda: b"".join(attachments.download_attachment(
    PROJECT, "trace", trace.id, "no.txt", "text/plain")))  # fmt: skip
t.step("of no project", files, "trace", trace.id, "sdk-attachments-none")


# From inside a tracked function.
@opik.track
def tracked():
    opik_context.update_current_span(attachments=[Attachment(data="small.txt")])
    opik_context.update_current_trace(attachments=[Attachment(data="small.txt")])
    t.note("tracked ids", {"trace": opik_context.get_current_trace_data().id,
                           "span": opik_context.get_current_span_data().id})  # fmt: skip


tracked()
client.flush()
t.step("of tracked trace", files, "trace", t.steps["tracked ids"]["value"]["trace"])
t.step("of tracked span", files, "span", t.steps["tracked ids"]["value"]["span"])

# Large base64 media inside a payload: sent by the client at the end, by the server at the start.
png = b"\x89PNG\r\n\x1a\n" + blob(300_000)
url = "data:image/png;base64," + base64.b64encode(png).decode()
t.note("sha png", digest(png))
media = client.trace(
    name="media",
    input={"messages": [{"content": [{"type": "image_url", "image_url": {"url": url}}]}]},
)
media.end(output={"image": url})
small = "data:image/png;base64," + base64.b64encode(png[:600]).decode()
kept = client.trace(name="small media", input={"image": small})
kept.end()
client.flush()
t.note("media ids", {"media": media.id, "kept": kept.id})
t.note("small media", small)
t.step("media trace", client.get_trace_content, media.id)
t.step("of media", files, "trace", media.id)
t.step("media trace stripped", client.rest_client.traces.get_trace_by_id, media.id,
       strip_attachments=True)  # fmt: skip
t.step("kept trace", client.get_trace_content, kept.id)
t.step("of kept", files, "trace", kept.id)

# Gone with their trace.
client.rest_client.traces.delete_traces(ids=[trace.id])
t.step("of deleted", files, "trace", trace.id)
t.step("of deleted span", files, "span", span.id)
t.step("get_errors_report", client.get_errors_report)
client.end()
t.write()
