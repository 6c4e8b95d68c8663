"""One name, one type: what two files define in one namespace is one type to the linker, and undefined behaviour to everybody."""

import re

from source import matching

_SCOPE = re.compile(
    r"\bnamespace\s*(?P<namespace>[\w:]*)\s*\{"
    r"|\b(?:struct|class|enum\s+class|enum)\s+(?:alignas\([^)]*\)\s*)?(?P<type>\w+)\s*(?:final\s*)?(?::(?!:)[^;{}()=]*)?\{"
    r"|\{"
)


def _types(source, begin, end, namespace):
    """Yields (namespace, name, line) of what others can name; an anonymous namespace hides what it holds."""
    position = begin
    while scope := _SCOPE.search(source.code, position, end):
        opening = scope.end() - 1
        closing = matching(source.code, opening)
        if scope["namespace"]:
            yield from _types(source, opening + 1, closing, f"{namespace}::{scope['namespace']}")
        if scope["type"]:
            yield namespace, scope["type"], source.line_at(scope.start())
        position = closing + 1


def types_of(source):
    return list(_types(source, 0, len(source.code), ""))


def type_rule(source, owners):
    """Yields (line, what is wrong). `owners`: by (namespace, name) the files of the tree that define it."""
    for namespace, name, line in types_of(source):
        others = sorted(owners.get((namespace, name), set()) - {source.path})
        if others:
            yield line, f"{namespace[2:]}::{name} is defined in {', '.join(others)} too: two nouns need two names"
