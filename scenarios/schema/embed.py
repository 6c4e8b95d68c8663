"""Writes the JSON Schemas as C++ string literals, the definitions that they share folded into each.

embed.py OUTPUT NAME=FILE... : a `$ref` to "shared.schema.json#/definitions/x" becomes one to "#/definitions/x".
"""

import json
import pathlib
import sys

_SHARED = "shared.schema.json"


def _local(node):
    """The schema with references to the shared file made local, and the names that it refers to there."""
    if isinstance(node, list):
        return [_local(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: value.removeprefix(_SHARED) if key == "$ref" else _local(value) for key, value in node.items()}


def _folded(path):
    schema = json.loads(path.read_text())
    shared = path.parent / _SHARED
    if _SHARED in path.read_text():
        definitions = json.loads(shared.read_text())["definitions"]
        schema["definitions"] = {**definitions, **schema.get("definitions", {})}
    return json.dumps(_local(schema), indent=2) + "\n"


def main(output, *inputs):
    lines = ["#pragma once", "#include <string_view>", "namespace holdfast::scenarios::schema_texts {"]
    for entry in inputs:
        name, path = entry.split("=", 1)
        lines.append(f'inline constexpr std::string_view {name} = R"schema({_folded(pathlib.Path(path))})schema";')
    lines.append("}  // namespace holdfast::scenarios::schema_texts")
    pathlib.Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
