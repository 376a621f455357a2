"""Which fields an event may carry, by every version of the program's IDL that we keep."""

import json
from functools import cache
from pathlib import Path

import chain

IDL = Path(chain.__file__).with_name("idl")


@cache
def event_shapes() -> tuple[str, ...]:
    """``Name(field,field,…)`` with sorted fields, as `recent_events.sql` writes them."""
    shapes = set[str]()
    for path in IDL.glob("*.json"):
        idl = json.loads(path.read_text(encoding="utf-8"))
        fields = {kind["name"]: kind["type"].get("fields", ()) for kind in idl["types"]}
        for event in idl["events"]:
            names = sorted(field["name"] for field in fields[event["name"]])
            shapes.add(f"{event['name']}({','.join(names)})")
    return tuple(sorted(shapes))
