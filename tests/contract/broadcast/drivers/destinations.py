"""OpenRouter's own client manages destinations.

destinations.py <base URL> <URL of a webhook> <secret>; prints one JSON object.
"""

import json
import sys

from openrouter import OpenRouter, errors

base, url, secret = sys.argv[1:]
client = OpenRouter(api_key="any", server_url=f"{base}/api/v1")
room = client.observability
said = {}

made = room.create(
    type_="webhook",
    name="From the client",
    config={"url": url, "headers": {"X-Key": secret}},
    sampling_rate=0.25,
    filter_rules={
        "groups": [
            {"logic": "and", "rules": [{"field": "total_tokens", "operator": "gt", "value": 10}]}
        ]
    },
)
data = made.data
said["made"] = data.model_dump(by_alias=True)
listed = room.list()
said["listed"] = (
    [one.id for one in listed.result.data]
    if hasattr(listed, "result")
    else [one.id for one in listed.data]
)
said["read"] = room.get(id=data.id).data.name
changed = room.update(
    id=data.id,
    enabled=False,
    name="Renamed",
    config={"method": "PUT", "headers": {"X-Key": data.config.headers["X-Key"]}},
)
said["changed"] = changed.data.model_dump(by_alias=True)
said["failures"] = []
for attempt in (
    lambda: room.create(type_="webhook", name="Renamed", config={"url": url}),
    lambda: room.create(type_="webhook", name="", config={"url": url}),
    lambda: room.create(type_="webhook", name="no", config={}),
    lambda: room.create(type_="webhook", name="no", config={"url": url + "/refuse"}),
    lambda: room.get(id="00000000-0000-4000-8000-000000000000"),
):
    try:
        attempt()
        said["failures"].append(None)
    except errors.OpenRouterError as error:
        said["failures"].append([type(error).__name__, error.status_code, str(error)])
said["deleted"] = room.delete(id=data.id).model_dump(by_alias=True)
print(json.dumps(said))
