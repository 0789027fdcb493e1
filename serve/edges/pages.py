"""Plain pages for people, made from the OpenAPI document: no script, and nothing from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from serve.operations import OPERATIONS, Operation

__all__ = ["STYLE", "docs_page", "examples"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 1rem }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f3f3f3; border-radius: 4px }
code { padding: 0 .25em } pre { padding: .75em 1em; overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
td { border-top: 1px solid #ddd }
h2 { margin-top: 2.5rem } h2 code { font-size: 1.1rem }
"""
_METHODS = ("post", "get", "delete")


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def examples(base_url: str, *, with_keys: bool) -> str:
    """How each operation is asked for by hand, as HTML.

    Args:
        base_url: Scheme and host of this service.
        with_keys: Whether requests need an API key.
    """
    return "".join(
        f"<p>{_marked(row.summary)}</p><pre>{escape(_curl(row, base_url, with_keys=with_keys))}</pre>"
        for row in OPERATIONS
    )


def _curl(operation: Operation, base_url: str, *, with_keys: bool) -> str:
    key = "  -H 'authorization: Bearer YOUR_KEY' \\\n" if with_keys else ""
    return (
        f"curl -X POST {base_url}{operation.path} \\\n{key}"
        "  -H 'content-type: application/json' -H 'prefer: wait=30' \\\n"
        f"  -d '{json.dumps(operation.example)}'"
    )


def docs_page(document: Mapping[str, Any]) -> str:
    """The page at `/docs`: every operation of an OpenAPI document, its fields and its answers."""
    sections = [
        _operation(path, method, methods[method], document)
        for path, methods in document["paths"].items()
        for method in _METHODS
        if method in methods
    ]
    return _document(
        f"{document['info']['title']} {document['info']['version']}",
        f"<h1>{escape(document['info']['title'])}</h1><p>{_marked(document['info']['description'])}</p>"
        '<p>For machines: <a href="/openapi.json">OpenAPI</a>.</p>' + "".join(sections),
    )


def _operation(path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    parts = [
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
        f"<p>{_marked(operation['summary'])} {_marked(operation.get('description', ''))}</p>",
    ]
    if operation.get("parameters"):
        rows = [
            (f"{row['name']} ({row['in']})", _kind(row["schema"], schemas), row.get("description", ""))
            for row in operation["parameters"]
        ]
        parts.append(_table(("parameter", "kind", "meaning"), rows))
    body = operation.get("requestBody", {"content": {}})["content"]
    if "application/json" in body:
        schema = schemas[body["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        rows = [
            (name, _kind(field, schemas), field.get("description", ""))
            for name, field in schema["properties"].items()
        ]
        parts.append(_table(("field", "kind", "meaning"), rows))
    elif body:
        parts.append(_table(("body", "meaning"), [(kind, "The bytes as they are") for kind in body]))
    answers = [(status, answer["description"]) for status, answer in operation["responses"].items()]
    return "".join(parts) + _table(("answer", "meaning"), answers)


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """A schema in a few words: its type or its values, its range, its default."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]] | schema
    arms = [_kind(arm, schemas) for arm in schema.get("anyOf", ()) if arm.get("type") != "null"]
    words = arms or [" | ".join(map(str, schema.get("enum", ()))) or schema["type"]]
    if "minimum" in schema and "maximum" in schema:
        words.append(f"{schema['minimum']:,} to {schema['maximum']:,}")
    if schema.get("default") is not None:
        words.append(f"default {json.dumps(schema['default'])}")
    return ", ".join(words)


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rest = "".join(
        f"<tr><td><code>{escape(name)}</code></td>"
        + "".join(f"<td>{_marked(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table><tr>{first}</tr>{rest}</table>"


def _marked(text: str) -> str:
    """Text for HTML; what stands between backticks is code."""
    words = escape(text).split("`")
    return "".join(f"<code>{word}</code>" if place % 2 else word for place, word in enumerate(words))
