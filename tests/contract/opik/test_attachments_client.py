"""Attachments through the published Opik client, and at the edges of the protocol over HTTP."""

import base64
import http.client
import json
import subprocess
import sys
from urllib.parse import urlencode, urlsplit

import pytest

from sightline.core.ids import format_id, new_id
from tests.live import LiveServer, live, run_client

_KEYS_CREATE = [sys.executable, "-m", "sightline", "keys", "create"]
_ATTACHMENT = "/api/v1/private/attachment"

_SDK = """
import base64, hashlib, os, tempfile
import opik
from opik import Attachment

project = "attachments-sdk"
client = opik.Opik(project_name=project)
folder = tempfile.mkdtemp()

def file(name, size):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(os.urandom(size))
    return path

def digest(data):
    return hashlib.sha256(data).hexdigest()

whole = file("whole é +&.bin", 3_000_000)
parts = file("parts.bin", 11_000_000)
wanted = {os.path.basename(p): digest(open(p, "rb").read()) for p in (whole, parts)}
wanted["notes.md"] = digest(b"# notes")
trace = client.trace(
    name="t",
    input={"q": 1},
    attachments=[Attachment(data=whole), Attachment(data=parts)],
)
span = trace.span(
    name="s", attachments=[Attachment(data=b"# notes", file_name="notes.md")]
)
span.end()
trace.end()
assert client.flush(timeout=60)

attachments = client.get_attachment_client()
found = {}
for kind, id in (("trace", trace.id), ("span", span.id)):
    for item in attachments.get_attachment_list(project, id, kind):
        data = b"".join(
            attachments.download_attachment(project, kind, id, item.file_name, item.mime_type)
        )
        assert item.file_size == len(data)
        found[item.file_name] = digest(data)
assert found == wanted, (found, wanted)

attachments.upload_attachment(project, "trace", trace.id, parts, file_name="parts.bin")
assert len(attachments.get_attachment_list(project, trace.id, "trace")) == 2

rest = client.rest_client.attachments
for name in wanted:
    rest.delete_attachments(
        file_name=name, entity_type="trace", entity_id=trace.id, file_size=1, upload_id="x",
        uploaded_file_parts=[],
    )
assert attachments.get_attachment_list(project, trace.id, "trace") == []
assert len(attachments.get_attachment_list(project, span.id, "span")) == 1

png = base64.b64encode(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(300_000)).decode()
inline = client.trace(name="inline", input={"image": "data:image/png;base64," + png})
client.flush(timeout=60)
items = attachments.get_attachment_list(project, inline.id, "trace")
assert [item.mime_type for item in items] == ["image/png"], items
assert items[0].file_name.startswith("input-attachment-2"), items
print("done")
"""


def test_files_sent_by_the_client_come_back(server: LiveServer):
    assert run_client("opik", _SDK, env=server.client_env).endswith("done\n")


def target(**changes):
    fields = {
        "file_name": "a.txt",
        "entity_type": "trace",
        "entity_id": format_id(new_id()),
        "project_name": "attachments-http",
    }
    return {**fields, **changes}


def put(server, data=b"hello", *, headers=None, **changes):
    path = f"{_ATTACHMENT}/upload?{urlencode(target(**changes))}"
    return server.request("PUT", path, data, headers=headers)


def start(server, *, headers=None, path=None, parts=1, **changes):
    where = base64.b64encode((path or server.api).encode()).decode()
    body = target(**changes) | {"num_of_file_parts": parts, "path": where}
    return server.post(f"{_ATTACHMENT}/upload-start", body, headers=headers)


def listed(server, id, *, project_id=None, headers=None, kind="trace", **more):
    if project_id is None:
        project_id = project(server, headers=headers)
    query = {"project_id": project_id, "entity_type": kind, "entity_id": id}
    query["path"] = base64.urlsafe_b64encode(server.api.encode()).decode()
    return server.get(f"{_ATTACHMENT}/list?{urlencode(query | more)}", headers=headers)


def project(server, name="attachments-http", *, headers=None):
    path = "/api/v1/private/projects/retrieve"
    return server.post(path, {"name": name}, headers=headers).json["id"]


def link_path(link):
    split = urlsplit(link)
    return f"{split.path}?{split.query}"


BAD = [
    ("file_name", ""),
    ("file_name", "  "),
    ("file_name", "../../etc/passwd"),
    ("file_name", "a/../../b"),
    ("file_name", "/etc/passwd"),
    ("file_name", "..\\b"),
    ("file_name", ".."),
    ("file_name", "a\nb"),
    ("file_name", "n" * 501),
    ("entity_type", "thread"),
    ("entity_type", ""),
    ("entity_id", "42"),
    ("mime_type", "text/html\r\nSet-Cookie: a=b"),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_bad_names_are_refused_by_name_at_every_door(server, field, value):
    completed = target(**{field: value}) | {
        "file_size": 1,
        "upload_id": "x",
        "uploaded_file_parts": [],
    }
    for answer in (
        put(server, **{field: value}),
        start(server, **{field: value}),
        server.post(f"{_ATTACHMENT}/upload-complete", completed),
    ):
        assert answer.status in (400, 422)
        assert field in answer.body.decode()


@pytest.mark.parametrize(
    "path", ["javascript:alert(1)//", "ftp://x/", "http://", "//x/", "file:///etc"]
)
def test_links_are_made_for_web_addresses_only(server, path):
    answer = start(server, path=path)
    assert answer.status == 422
    assert "path" in answer.body.decode()


@pytest.mark.parametrize("parts", [0, -1, 10_001])
def test_the_number_of_parts_is_bounded(server, parts):
    answer = start(server, parts=parts)
    assert answer.status == 422
    assert "num_of_file_parts" in answer.body.decode()


def test_a_file_too_large_is_refused_before_it_is_sent(server):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.putrequest("PUT", f"{_ATTACHMENT}/upload?{urlencode(target())}")
    connection.putheader("Content-Length", str(6 * 1024**3))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_connection_cut_in_the_middle_leaves_no_file(server):
    id = format_id(new_id())
    assert put(server, b"x", entity_id=id, file_name="other").status == 204
    for header in (("Content-Length", "1000000"), ("Transfer-Encoding", "chunked")):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        connection.putrequest("PUT", f"{_ATTACHMENT}/upload?{urlencode(target(entity_id=id))}")
        connection.putheader(*header)
        connection.endheaders()
        connection.send(b"186a0\r\n" + bytes(100_000) + b"\r\n")
        connection.close()
    assert [item["file_name"] for item in listed(server, id).json["content"]] == ["other"]


def test_a_list_is_paged_and_links_to_what_it_lists(server):
    id = format_id(new_id())
    for name in ("b.txt", "a ü.txt", "c.txt"):
        assert put(server, name.encode(), entity_id=id, file_name=name).status == 204

    page = listed(server, id, size=2).json
    assert (page["page"], page["size"], page["total"]) == (1, 2, 3)
    assert [item["file_name"] for item in page["content"]] == ["a ü.txt", "b.txt"]
    first = page["content"][0]
    assert (first["file_size"], first["mime_type"]) == (len("a ü.txt".encode()), "text/plain")
    answer = server.get(link_path(first["link"]))
    assert answer.body == "a ü.txt".encode()
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["content-disposition"].startswith('inline; filename="a _.txt"')
    assert listed(server, id, project_id=format_id(new_id())).json["content"] == []
    assert listed(server, id, kind="span").json["content"] == []


@pytest.mark.parametrize(
    "mime_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "x"]
)
def test_what_a_browser_might_run_is_never_shown(server, mime_type):
    id = format_id(new_id())
    put(server, b"<script>alert(1)</script>", entity_id=id, mime_type=mime_type)
    link = listed(server, id).json["content"][0]["link"]

    headers = server.get(link_path(link)).headers
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["content-type"].startswith(mime_type)


def test_a_file_replaced_and_a_file_deleted(server):
    id = format_id(new_id())
    put(server, b"one", entity_id=id)
    put(server, b"three", entity_id=id)
    [item] = listed(server, id).json["content"]
    assert item["file_size"] == 5

    body = {
        "file_names": ["a.txt", "never"],
        "entity_type": "trace",
        "entity_id": id,
        "container_id": project(server),
    }
    assert server.post(f"{_ATTACHMENT}/delete", body).status == 204
    assert server.post(f"{_ATTACHMENT}/delete", body).status == 204
    assert listed(server, id).json["content"] == []
    assert server.get(link_path(item["link"])).status == 404


def test_an_upload_in_parts_step_by_step(server):
    id = format_id(new_id())
    begun = start(server, entity_id=id, parts=2).json
    assert len(begun["pre_sign_urls"]) == 2
    tags = []
    for url, data in zip(begun["pre_sign_urls"], (b"first, ", b"second"), strict=True):
        assert server.request("PUT", link_path(url), b"broken off").status == 200
        answer = server.request("PUT", link_path(url), data)
        assert answer.status == 200
        tags.append(answer.headers["etag"])
    body = target(entity_id=id) | {
        "file_size": 13,
        "upload_id": begun["upload_id"],
        "uploaded_file_parts": [{"e_tag": tag, "part_number": n} for n, tag in enumerate(tags, 1)],
    }
    for change in ({"file_name": "b.txt"}, {"entity_id": format_id(new_id())}, {"upload_id": "x"}):
        answer = server.post(f"{_ATTACHMENT}/upload-complete", body | change)
        assert answer.status == 422
        assert "upload_id" in answer.body.decode()
    for _ in range(2):
        assert server.post(f"{_ATTACHMENT}/upload-complete", body).status == 204
    [item] = listed(server, id).json["content"]
    assert server.get(link_path(item["link"])).body == b"first, second"


def test_links_are_good_for_what_they_say_only(server):
    id = format_id(new_id())
    put(server, b"x", entity_id=id)
    put(server, b"y", entity_id=id, file_name="b.txt")
    read = link_path(listed(server, id).json["content"][0]["link"])
    part = link_path(start(server, entity_id=id, parts=2).json["pre_sign_urls"][0])

    for changed in (
        read.replace("a.txt", "b.txt"),
        read.replace(id, format_id(new_id())),
        read.replace("expires=", "expires=9"),
        read.replace("signature=", "signature=0"),
        read.replace("signature=", "signature=%C3%BC"),
    ):
        assert changed != read
        assert server.get(changed).status == 403
    for changed in (
        part.replace("part_number=1", "part_number=2"),
        part.replace("part_number=1", "part_number=../1"),
        part.replace("upload_id=", "upload_id=.."),
        part.replace("expires=", "expires=9"),
    ):
        assert changed != part
        assert server.request("PUT", changed, b"x").status in (400, 403)


def test_a_workspace_sees_its_own_files_only(tmp_path):
    data = tmp_path / "data"
    headers = {}
    with live(data) as server:
        env = server.env
    for name in ("ours", "theirs"):
        told = subprocess.run(
            [*_KEYS_CREATE, "--workspace", name, "--data", str(data)],
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        [key] = [word for word in told.stdout.split() if word.startswith("opik_")]
        headers[name] = {"Authorization": key, "Comet-Workspace": name}
    with live(data) as server:
        id = format_id(new_id())
        assert put(server, entity_id=id).status == 401
        assert put(server, entity_id=id, headers=headers["ours"]).status == 204
        found = listed(server, id, headers=headers["ours"]).json
        [item] = found["content"]
        place = project(server, headers=headers["ours"])

        seen = listed(server, id, project_id=place, headers=headers["theirs"])
        assert seen.json["content"] == []
        query = {"container_id": place, "entity_type": "trace", "entity_id": id}
        path = f"{_ATTACHMENT}/download?{urlencode(query | {'file_name': 'a.txt'})}"
        assert server.get(path, headers=headers["ours"]).body == b"hello"
        assert server.get(path, headers=headers["theirs"]).status == 404
        assert server.get(path).status == 401
        body = {"file_names": ["a.txt"], "entity_type": "trace", "entity_id": id}
        assert server.post(f"{_ATTACHMENT}/delete", body, headers=headers["theirs"]).status == 204
        # The link of a list is the permission; it needs no key.
        assert server.get(link_path(item["link"])).body == b"hello"


def test_what_was_acknowledged_outlives_a_kill(tmp_path):
    id, data = format_id(new_id()), bytes(range(256)) * 8000
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        assert put(server, data, entity_id=id).status == 204
        server.kill()
        server.start()
        [item] = listed(server, id).json["content"]
        assert server.get(link_path(item["link"])).body == data
    finally:
        server.kill()


def test_openapi_names_every_operation(server):
    paths = json.loads(server.get("/api/schema/openapi.json").body)["paths"]
    for name in ("upload-start", "upload", "upload-complete", "list", "download", "delete"):
        assert f"{_ATTACHMENT}/{name}" in paths
