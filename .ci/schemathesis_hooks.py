"""How `make fuzz-api` writes bodies that are lines of JSON, which schemathesis cannot by itself."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(ctx, value):
    if isinstance(value, (bytes, str)):
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return json.dumps(value).encode() + b"\n"
