"""Script in everything that people and models can send: no page runs any of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from sightline.core.ids import new_text_id
from tests.fakes.destination import Receiver
from tests.live import LiveServer, live

BASE = "/api/v1/private"
START = "2026-11-22T03:40:38.250213Z"
RUN = "window.__pwned&&window.__pwned('{}')"


def marks(place: str) -> str:
    """Return text that runs wherever it is taken for more than text."""
    run = RUN.format(place)
    return (
        f'"><img src=x onerror="{run}"><script>{run}</script><svg onload="{run}">'
        f'<iframe srcdoc="<script>parent.{run}</script>"></iframe></title><style>*{{}}</style>'
        f"[a](javascript:{run}) ![b](javascript:{run}) <a href='javascript:{run}'>c</a> "
        f"{{{{constructor.constructor(`{run}`)()}}}} ${{{run}}} `<b onclick={run}>`"
    )


def short(place: str) -> str:
    """Return what fits where a name is short."""
    return f'"><svg onload="__pwned(`{place}`)">'


def markdown(place: str) -> str:
    run = RUN.format(place)
    return "\n\n".join(
        (
            marks(place),
            f"[link](javascript:{run}) [two](JaVaScRiPt:{run}) [three](&#106;avascript:{run})",
            f"[four](data:text/html,<script>{run}</script>) [five](vbscript:x) <javascript:{run}>",
            f'![p](data:image/svg+xml,<svg/onload={run}>) ![q](x" onerror="{run})',
            f"```html\n<script>{run}</script>\n```",
            f"| <img src=x onerror={run}> | b |\n|---|---|\n| <svg/onload={run}> | c |",
            f"$\\href{{javascript:{run}}}{{x}}$ [^1]\n\n[^1]: <img src=x onerror={run}>",
        )
    )


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{run}"><script>{run}'
    '</script><foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="{run}"/>'
    "</foreignObject></svg>"
)
HTML = "<!doctype html><title>x</title><script>{run}</script><img src=x onerror={run}>"
PDF = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS({run})>>>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
FILES = {
    "a.svg": ("image/svg+xml", SVG),
    "b.html": ("text/html", HTML),
    "c.pdf": ("application/pdf", PDF),
    "d.xhtml": ("application/xhtml+xml", HTML),
    "e.md": ("text/markdown", "{run}"),
    "f.png": ("image/png", HTML),
    "g.json": ("application/json", '{{"a": "{run}"}}'),
    "h.pdf": ("application/pdf", HTML),
    "i.xml": ("text/xml", SVG),
    "j.js": ("text/javascript", "{run}"),
}


class Hostile:
    """A server full of script; `ids` by what they are of."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.traces = [new_text_id(), new_text_id()]
        self.thread = short("thread")
        self.name = short("project")
        self.project = ""

    def fill(self) -> None:
        for at, id in enumerate(self.traces):
            self._trace(id, at)
        found = self._done("POST", f"{BASE}/projects/retrieve", {"name": self.name})
        self.project = found["id"]
        score = {"name": marks("score name"), "value": 1.0, "source": "sdk"}
        score |= {"category_name": marks("category"), "reason": marks("reason")}
        comment = {"text": markdown("comment")}
        for id in self.traces:
            self._done("PUT", f"{BASE}/traces/{id}/feedback-scores", score)
            self._done("POST", f"{BASE}/traces/{id}/comments", comment)
        self._files(self.traces[0])
        body = {"name": short("definition"), "type": "categorical"}
        details = {"categories": {marks("choice"): 1, "b": 0}}
        self._done("POST", f"{BASE}/feedback-definitions", {**body, "details": details})
        view = {"name": short("view"), "entity": "trace", "state": {"q": marks("state")}}
        self._done("POST", f"/api/console/projects/{self.project}/views", view)
        named = {"thread_id": self.thread, "project_name": self.name}
        self._done("PUT", f"{BASE}/traces/threads/close", named)

    def _trace(self, id: str, at: int) -> None:
        said = [
            {"role": "system", "content": markdown("system")},
            {"role": "user", "content": [{"type": "text", "text": markdown("user")},
                {"type": "image_url", "image_url": {"url": f"javascript:{RUN.format('url')}"}},
                {"type": "image_url", "image_url": {"url": _data(SVG.format(run=RUN))}},
                {"type": "file", "file": {"filename": marks("file name"),
                    "file_data": "data:text/html;base64,PHNjcmlwdD4xPC9zY3JpcHQ+"}}]},
            {"role": marks("role"), "content": markdown("tool"), "name": marks("tool name")},
        ]  # fmt: skip
        answer = {"choices": [{"message": {"role": "assistant", "content": markdown(f"a{at}"),
            "tool_calls": [{"id": "1", "type": "function", "function": {
                "name": marks("function"), "arguments": marks("arguments")}}]}}]}  # fmt: skip
        error = {"exception_type": marks("error"), "message": marks("message")}
        item = {
            "id": id, "project_name": self.name, "name": marks("name"), "start_time": START,
            "end_time": "2026-11-22T03:40:39.250213Z", "input": {"messages": said},
            "output": answer, "metadata": {short("key"): marks("metadata")},
            "tags": [short("tag")], "thread_id": self.thread,
            "error_info": {**error, "traceback": marks("traceback")},
        }  # fmt: skip
        self._done("POST", f"{BASE}/traces/batch", {"traces": [item]})
        item.pop("thread_id")
        for kind in ("llm", "tool"):
            span = {**item, "id": new_text_id(), "trace_id": id, "type": kind}
            span |= {"model": short("model"), "provider": short("provider")}
            span |= {"usage": {"total_tokens": 3, short("usage"): 4}}
            self._done("POST", f"{BASE}/spans/batch", {"spans": [span]})

    def _files(self, id: str) -> None:
        for name, (mime, text) in FILES.items():
            path = f"{BASE}/attachment/upload?entity_type=trace&entity_id={id}&file_name={name}"
            path += f"&mime_type={mime.replace('+', '%2B')}&project_name={_quoted(self.name)}"
            self._done("PUT", path, text.format(run=RUN.format(name)).encode())

    def gateway(self, receiver: Receiver) -> None:
        """Make everything that the gateway's pages and the destinations' page show."""
        base = "/api/console/gateway"
        provider = {"slug": "hostile", "name": short("provider name"), "dialect": "openai",
            "base_url": "https://upstream.example/v1", "api_key": "sk-x"}  # fmt: skip
        made = self._done("POST", f"{base}/providers", provider)
        endpoint = {"provider_id": made["id"], "upstream_model": short("upstream")}
        model = {"slug": "hostile/model", "name": short("model name")}
        model |= {"description": markdown("description")[:3000], "endpoints": [endpoint]}
        self._done("POST", f"{base}/models", model)
        preset = {"slug": "hostile", "name": short("preset")}
        self._done("POST", f"{base}/presets", {**preset, "system_prompt": markdown("prompt")})
        self._done("POST", "/api/v1/keys", {"name": short("key name")})
        where = {"url": receiver.url, "headers": {"X-Key": "x"}}
        destination = {"type": "webhook", "name": short("destination"), "config": where}
        made = self._done("POST", "/api/console/broadcast/destinations", destination)
        # What it says in its error is shown with the destination.
        from tests.fakes.destination import Reply

        receiver.refuse = lambda got: Reply(400, markdown("refusal").encode())
        self.server.post(f"/api/console/broadcast/destinations/{made['id']}/sample", b"")

    def _done(self, method: str, path: str, body: Any) -> Any:
        answer = self.server.request(method, path, body)
        assert answer.status < 300, (method, path, answer)
        return answer.json if answer.body else None


def _data(text: str) -> str:
    import base64

    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def _base(server: LiveServer) -> str:
    import base64

    return _quoted(base64.b64encode(f"{server.url}/api/".encode()).decode())


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    env = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
    with live(tmp_path_factory.mktemp("hostile") / "data", env=env) as server, Receiver() as to:
        made = Hostile(server)
        made.fill()
        made.gateway(to)
        yield made


@pytest.fixture
def reader(visit: Any, hostile: Hostile) -> Iterator[Any]:
    """A visitor whose windows tell when any script of somebody else's runs in them."""
    visitor = visit(hostile.server)
    ran: list[str] = []
    visitor.context.expose_binding("__pwned", lambda _, place="?": ran.append(place))
    yield visitor
    # What waits to be run gets its turn.
    for page in visitor.context.pages:
        if page.url.startswith(hostile.server.url):
            page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    # A picture that is none and an address that a policy stopped are told in the console.
    visitor.complaints[:] = [c for c in visitor.complaints if not _HARMLESS.search(c)]
    assert ran == []


_HARMLESS = re.compile(r"Failed to load resource|ERR_|frame|sandbox", re.IGNORECASE)


def settled(page: Page) -> Page:
    expect(page.get_by_role("main").first).to_be_visible()
    expect(page.get_by_role("status", name=re.compile("Loading"))).to_have_count(0)
    expect(page.locator(".animate-pulse")).to_have_count(0)
    # Neither a handler nor an address that runs is anywhere in the document.
    found = page.evaluate(
        """() => [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]
            .filter((a) => a.name.startsWith('on') || a.name === 'srcdoc'
              || (/^(href|src|action|formaction|data)$/.test(a.name)
                && /^\\s*(javascript|vbscript|data:text)/i.test(a.value)
                && !e.hasAttribute('download')))
            .map((a) => `${e.tagName} ${a.name}=${a.value.slice(0, 80)}`))"""
    )
    assert found == []
    return page


PAGES = (
    "/projects",
    "/projects/{p}/logs?range=all",
    "/projects/{p}/logs?range=all&type=span",
    "/projects/{p}/logs?range=all&type=thread",
    "/projects/{p}/logs?range=all&trace={a}&look=timeline",
    "/projects/{p}/logs?range=all&trace={a}&look=graph",
    "/projects/{p}/compare?a={a}&b={b}",
    "/projects/{p}/metrics?range=all",
    "/get-started",
    "/playground",
    "/gateway?tab=providers",
    "/gateway?tab=models",
    "/gateway?tab=routing",
    "/gateway?tab=keys",
    "/gateway?tab=presets",
    "/observability",
    "/settings/definitions",
    "/settings/environments",
    "/settings/keys",
)


def test_pages_that_list_what_was_sent(reader: Any, hostile: Hostile) -> None:
    a, b = hostile.traces
    page = reader.open("/")
    for path in PAGES:
        page.goto(hostile.server.url + path.format(p=hostile.project, a=a, b=b))
        settled(page)


def test_addresses_with_script_in_them(reader: Any, hostile: Hostile) -> None:
    page = reader.open("/")
    script = _quoted(marks("address"))
    for path in (
        f"/projects/{hostile.project}/logs?range=all&q={script}&trace={script}&tab={script}",
        f"/projects/{script}/logs",
        f"/sign-in?next=javascript:{script}",
        f"/playground?model={script}",
        f"/gateway?tab={script}",
        f"/{script}",
    ):
        page.goto(hostile.server.url + path)
        page.wait_for_timeout(200)


@pytest.mark.parametrize("tab", ["Messages", "Details", "Scores", "Attachments"])
def test_a_trace_and_each_of_its_tabs(reader: Any, hostile: Hostile, tab: str) -> None:
    page = reader.open(f"/projects/{hostile.project}/logs?range=all&trace={hostile.traces[0]}")
    for item in page.get_by_role("treeitem").all()[:3]:
        item.click()
        found = page.get_by_role("tab", name=re.compile(tab))
        if found.count():
            found.first.click()
        settled(page)


def test_the_conversation_of_a_thread(reader: Any, hostile: Hostile) -> None:
    page = reader.open(
        f"/projects/{hostile.project}/logs?range=all&type=thread&thread={_quoted(hostile.thread)}"
    )
    expect(page.get_by_role("complementary").first).to_be_visible()
    settled(page)


def test_previews_of_attachments(reader: Any, hostile: Hostile) -> None:
    page = reader.open(
        f"/projects/{hostile.project}/logs?range=all&trace={hostile.traces[0]}&tab=attachments"
    )
    expect(page.get_by_text("a.svg").first).to_be_visible()
    seen = 0
    for name in FILES:
        button = page.get_by_role("button", name=f"Preview {name}")
        if button.count():
            button.click()
        if page.get_by_role("button", name=f"Hide {name}").count():
            seen += 1
            # Time for a script to run, if one does.
            page.wait_for_timeout(200)
    assert seen >= 8
    settled(page)


def test_attachments_and_payloads_opened_alone(reader: Any, hostile: Hostile) -> None:
    """As somebody does who opens a link in a new window."""
    path = (
        f"{BASE}/attachment/list?project_id={hostile.project}&entity_type=trace"
        f"&entity_id={hostile.traces[0]}&path={_base(hostile.server)}&size=100"
    )
    files = hostile.server.get(path).json["content"]
    assert {f["file_name"] for f in files} == set(FILES)
    page = reader.open("/projects")
    links = [f["link"].removeprefix(hostile.server.url) for f in files]
    links += [f"/api/console/traces/{hostile.traces[0]}/payload/input", f"{BASE}/projects"]
    links += [f"/api/console/projects/{hostile.project}/export?entity=trace&format=csv"]
    links += [f"{BASE}/traces/{_quoted(marks('path'))}", f"/api/{_quoted(marks('path'))}"]
    for link in links:
        try:
            page.goto(hostile.server.url + link)
        except Error as error:
            assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error), error
        page.wait_for_timeout(50)
    # What the policy of such an answer stops, it tells in the console.
    told = [c for c in reader.complaints if "Content Security Policy" not in c]
    reader.complaints[:] = told


def test_the_marks_do_run_where_they_are_taken_for_more_than_text(visit: Any) -> None:
    """Else the tests here would prove nothing."""
    for text in (marks("all"), short("short"), markdown("md"), HTML.format(run=RUN.format("h"))):
        context = visit(None).context
        ran: list[str] = []
        context.expose_binding("__pwned", lambda _, place, ran=ran: ran.append(place))
        page = context.new_page()
        page.set_content(text)
        page.wait_for_timeout(100)
        assert ran, text


def test_a_model_that_answers_with_script(reader: Any, hostile: Hostile) -> None:
    page = reader.open("/playground")
    box = page.get_by_role("textbox").last
    page.get_by_role("textbox", name=re.compile("user", re.I)).first.fill(markdown("echo"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("article").or_(page.get_by_text("onerror")).first).to_be_visible()
    page.wait_for_timeout(200)
    settled(page)
    assert box is not None
