"""The house rule for coroutines: co_await stands only where gcc 12 translates it rightly (tests/coroutines has the proofs).

    co_await f(…);      auto x = co_await f(…);      if (auto x = co_await f(…); …)

Its operand is one plain call: no braces, ?:, lambda or further co_await inside. No lambda coroutine captures anything.
"""

import re

from source import matching

_DECLARED = (
    r"(?:(?:const|auto|unsigned)\s+)*[\w:]+(?:\s*<[\w:<>,\s*&]*>)?(?:\s+const)?"  # auto, Task<int>, const holdfast::Page
    r"[\s&*]+(?:\w+|\[[\w\s,]+\])\s*=\s*"  # & x =, [a, b] =
)
_STATEMENT = re.compile(rf"(?:\[\[[\w:]+\]\]\s*)?(?:{_DECLARED})?")
_IN_IF = re.compile(rf"if\s*\(\s*{_DECLARED}")
# A call whose brackets have been emptied: a.b(), x->y<T>().z(), std::move(t), *pointer
_CALL = re.compile(
    r"\*?\s*(?:::)?\w+(?:\s*(?:::|\.|->)\s*(?:template\s+)?\w+|\s*<[\w:<>,\s*&]*>(?=\s*\()|\s*\(\)|\s*\[\])*\s*"
)
_CONTROL_HEAD = re.compile(r"(?:if|for|while|switch)\s*(?:constexpr\s*)?\(")
_LABEL = re.compile(r"else\b|do\b|case\b(?:[^:?]|::)*:(?!:)|\w+\s*:(?!:)")
_ATTRIBUTE = re.compile(r"\s*\[\[[\w:]+\]\]")
_LAMBDA = re.compile(r"(?<![\w\])\[])\[((?!\[)(?:[^\[\]]|\[[^\[\]]*\])*)\]\s*(?:<[^<>]*>\s*)?(?=[({]|mutable\b|->)")


def _statement_so_far(code, position):
    """What stands between the beginning of the statement and `position`, without control heads and labels before it."""
    text = code[max(code.rfind(end, 0, position) for end in ";{}") + 1 : position]
    depth = behind_head = 0
    for at, character in enumerate(text):  # `x; ++i) co_await` begins behind the head of a for or an if
        if character == ")" and depth == 0:
            behind_head = at + 1
        else:
            depth += (character == "(") - (character == ")")
    text = text[behind_head:]
    while True:
        text = text.lstrip()
        if head := _CONTROL_HEAD.match(text):
            closing = matching(text, head.end() - 1)
            if closing == len(text):
                return text  # the co_await stands inside the head
            text = _ATTRIBUTE.sub("", text[closing + 1 :], count=1)
        elif label := _LABEL.match(text):
            text = text[label.end() :]
        else:
            return text


def _operand(code, start):
    """The operand with the content of its outermost brackets taken out; those contents; the character that ends it."""
    shape, contents, at = "", [], start
    while at < len(code) and code[at] not in ";)]}":
        shape += code[at]
        if code[at] in "([{":
            closing = matching(code, at)
            contents.append(code[at + 1 : closing])
            at = closing
            shape += code[at : at + 1]
        at += 1
    return shape.strip(), contents, code[at : at + 1]


def _fault_of_await(code, match):
    before = _statement_so_far(code, match.start())
    shape, contents, ending = _operand(code, match.end())
    if not (_STATEMENT.fullmatch(before) or _IN_IF.fullmatch(before)):
        return f"co_await stands inside `{' '.join(before.split())[-40:]} …`: declare its result first"
    if ending != ";":
        return "co_await stands inside a condition or a list: declare its result first"
    if not _CALL.fullmatch(shape):
        return "co_await is one part of a larger expression: declare its result first"
    if any("{" in content for content in contents):
        return "a braced temporary or a lambda among the arguments of an awaited call"
    if any("?" in content for content in contents):
        return "a ?: among the arguments of an awaited call"
    return None


def _capturing_lambda_coroutines(code):
    for match in _LAMBDA.finditer(code):
        at = match.end()
        while at < len(code) and code[at] not in "{;":
            at = matching(code, at) + 1 if code[at] == "(" else at + 1
        body = code[at : matching(code, at)] if code[at : at + 1] == "{" else ""
        if match.group(1).strip() and re.search(r"\bco_(?:await|return|yield)\b", body):
            yield match.start(1)


def coroutine_rule(source):
    """Yields (line, what is wrong)."""
    code = source.code
    for match in re.finditer(r"(?<!operator )\bco_await\b", code):
        if fault := _fault_of_await(code, match):
            yield source.line_at(match.start()), fault
    for position in _capturing_lambda_coroutines(code):
        yield source.line_at(position), "a lambda coroutine that captures: its frame outlives the lambda"
    for match in re.finditer(r"\bco_yield\b", code):
        yield source.line_at(match.start()), "co_yield: there are no generators here"
