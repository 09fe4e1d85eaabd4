"""Cookies of providers: kept by nobody, so that no caller's call goes out with another's."""

from pathlib import Path

from tests.fakes.gateway import endpoint, gateway, model
from tests.fakes.upstream import Fault, Upstream


async def test_a_cookie_of_a_provider_goes_nowhere(tmp_path: Path) -> None:
    with Upstream() as upstream:
        upstream.cookie = "sticky=somebody; Path=/"
        upstream.plans["busy"] = [Fault(status=429)]
        # Not an address: many clients keep no cookies of those.
        url = upstream.base_url.replace("127.0.0.1", "localhost")
        models = [model(name, endpoint(url, name)) for name in ("one", "other", "busy")]
        async with gateway(tmp_path, models) as it:
            for name, status in (("one", 200), ("busy", 429), ("one", 200), ("other", 200)):
                for stream in (False, True):
                    sent = {"Cookie": "caller=own"}
                    got, headers, _ = await it.chat(name, stream=stream, headers=sent)
                    assert got == status
                    assert "set-cookie" not in headers
            assert len(upstream.calls) == 8
            assert all("cookie" not in call.headers for call in upstream.calls)

            # A client that keeps cookies would have sent it.
            for _ in range(2):
                await it.session.post(f"{url}/chat/completions", json={"model": "one"})
            assert upstream.calls[-1].headers["cookie"] == "sticky=somebody"
