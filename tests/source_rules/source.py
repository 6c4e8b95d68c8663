"""A C++ source file as the rules see it: its lines, its includes, and its code without comments and strings."""

import re

# What is blanked: comments, raw strings, strings, characters. A ' between digits is a separator, not a character.
_BLANKED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)


def _blank(match):
    """The same number of characters and lines, so that positions stay true. A string stays visible as "" ."""
    text = match.group()
    if text.startswith(("//", "/*")):
        return re.sub(r"[^\n]", " ", text)
    return '"' + re.sub(r"[^\n]", " ", text[1:-1]) + '"'


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.includes = [
            (match.group(1).strip('"<>'), match.group(1)[0] == '"', self.line_at(match.start()))
            for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*("[^"]*"|<[^>]*>)', text, re.MULTILINE)
        ]
        code = _BLANKED.sub(_blank, text)
        self.code = re.sub(r"^[ \t]*#[ \t]*include[^\n]*", lambda m: " " * len(m.group()), code, flags=re.MULTILINE)

    def line_at(self, position):
        return self.text.count("\n", 0, position) + 1


def matching(code, opening):
    """Position of the bracket that closes the one at `opening`; the end of the code if none does."""
    closers = {"(": ")", "[": "]", "{": "}"}
    expected = []
    for position in range(opening, len(code)):
        character = code[position]
        if character in closers:
            expected.append(closers[character])
        elif expected and character == expected[-1]:
            expected.pop()
            if not expected:
                return position
    return len(code)
