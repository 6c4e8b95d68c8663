"""What core/, sim/ and oracle/ never do: anything that makes two runs of one seed differ, I/O, exceptions.

A rule name -> what its code and its includes must not look like. Allowed exceptions stand in allowed.txt with a reason.
"""

import re

_BANNED_CODE = {
    "clock": r"\bstd::(?:chrono|time|clock)\b|\b(?:clock_gettime|gettimeofday|localtime\w*|gmtime\w*|nanosleep|usleep)\s*\("
    r"|(?<![\w.>:])(?:::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)?\s*\)",
    "thread": r"\bstd::(?:j?thread|this_thread|\w*mutex|\w+_lock|lock_guard|condition_variable|atomic\w*|async|future|promise"
    r"|\w*semaphore|latch|barrier|call_once)\b|\bpthread_\w+|\bvolatile\b",
    "environment": r"\b(?:secure_)?getenv\b|\bsetenv\b|\benviron\b|\bgethostname\b|\bgetpid\b",
    "randomness": r"\brandom_device\b|\bmt19937\w*|\bdefault_random_engine\b|\bstd::\w+_distribution\b"
    r"|\bstd::(?:ranges::)?(?:shuffle|sample)\b|(?<![\w.>:])(?:std::|::)?s?rand(?:om)?\s*\(\s*\)|(?<![\w.>:])(?:std::|::)?srand\s*\(|\bget(?:random|entropy)\b",
    "floating_point": r"\b(?:float|double)\b|(?<![\w.'])\d[\d']*(?:\.\d|[eE][+-]?\d|\.(?![\w.]))",
    "pointer_order": r"\b(?:less|greater)<[^<>;]*\*\s*>"
    r"|\b(?:flat_)?(?:multi)?(?:map|set)<\s*(?:const\s+)?[\w:]+(?:<[\w:,\s]*>)?(?:\s+const)?\s*\*",
    "exception": r"\b(?:throw|try|catch)\b",
    "outside_world": r"\bstd::(?:cout|cerr|clog|cin|[io]?fstream|filesystem)\b|\bfmt::print\b"
    r"|(?<![\w.>:])(?:std::|::)?(?:printf|fprintf|puts|fopen|popen|system)\s*\(|(?<![\w.>:])::open\s*\(",
}

_BANNED_INCLUDES = {
    "clock": r"chrono|ctime|time\.h|sys/time\.h",
    "thread": r"thread|mutex|shared_mutex|condition_variable|atomic|future|semaphore|latch|barrier|stop_token|pthread\.h",
    "randomness": r"random|sys/random\.h",
    "outside_world": r"iostream|fstream|filesystem|unistd\.h|fcntl\.h|sys/.*|cstdio|stdio\.h",
}

_BANNED_CODE = {rule: re.compile(pattern) for rule, pattern in _BANNED_CODE.items()}
_BANNED_INCLUDES = {rule: re.compile(pattern) for rule, pattern in _BANNED_INCLUDES.items()}

ban_names = (*_BANNED_CODE, "unordered_iteration")


def _unordered_names(code):
    """Names of variables and members whose type is an unordered container, aliases of such types included."""
    types = [r"unordered_\w+\s*<"]
    for alias in re.findall(r"\busing\s+(\w+)\s*=[^;]*\bunordered_\w+\s*<", code):
        types.append(rf"\b{alias}\b")
    names = set()
    for type_pattern in types:
        for match in re.finditer(type_pattern, code):
            at, depth = match.end(), int(code[match.end() - 1] == "<")
            while depth and at < len(code):
                depth += {"<": 1, ">": -1}.get(code[at], 0)
                at += 1
            if name := re.match(r"[\s&*]*(?:const\s+)?(\w+)\s*[;={,)(\[]", code[at:]):
                names.add(name.group(1))
    return names


def _unordered_iterations(source, declarations):
    """`declarations`: the code in which its containers are declared: its own, its header's, those of what it includes."""
    names = set().union(*(_unordered_names(code) for code in declarations))
    if not names:
        return
    any_name = "|".join(sorted(map(re.escape, names)))
    patterns = (
        rf"\bfor\s*\([^;()]*:\s*(?:[\w:]+(?:\(\))?(?:\.|->))*(?:{any_name})\s*\)",
        rf"\b(?:{any_name})\s*(?:\.|->)\s*c?r?(?:begin|cbegin)\s*\(",
        rf"\bstd::(?:ranges::)?(?:c?begin|for_each|accumulate|copy|transform)\s*\(\s*(?:[\w:]+(?:\.|->))*(?:{any_name})\b",
    )
    for pattern in patterns:
        for match in re.finditer(pattern, source.code):
            yield source.line_at(match.start()), "the order of an unordered container differs from build to build"


def ban_rules(source, declarations):
    """Yields (rule, line, what is wrong)."""
    for rule, pattern in _BANNED_CODE.items():
        for match in pattern.finditer(source.code):
            yield rule, source.line_at(match.start()), f"`{match.group().strip()}` is banned here"
    for rule, pattern in _BANNED_INCLUDES.items():
        for name, is_quoted, line in source.includes:
            if not is_quoted and pattern.fullmatch(name):
                yield rule, line, f"<{name}> is banned here"
    for line, fault in _unordered_iterations(source, declarations):
        yield "unordered_iteration", line, fault
