"""Who may include whom. Engines never include each other, sim or oracle; the oracle sees the port only."""

import re

_PORT = ("core/base", "core/task", "core/block")
_ENGINES = ("core/raid", "core/writeboost", "core/bcache")
_CORE = _PORT + _ENGINES + ("core/volume",)

# Folder -> folders that it may include besides itself and what lies below itself. The longest folder that fits decides.
_DIRECTION = {
    "core/base": (),
    "core/task": ("core/base",),
    "core/block": ("core/base", "core/task"),
    "core/raid": _PORT,
    "core/writeboost": _PORT,
    "core/bcache": _PORT,
    "core/volume": _PORT + _ENGINES,
    "oracle": ("core/base", "core/block"),
    "sim": _PORT + ("oracle",),
    "scenarios": _CORE + ("oracle", "sim"),
    "reports": _CORE + ("oracle", "sim"),
    "drivers/posix": _PORT,
    "drivers/uring": _PORT + ("drivers/posix",),  # a reactor of the real world: nothing above the port besides
    "drivers/serve": _CORE + ("scenarios", "reports", "drivers/posix", "drivers/uring"),
    "drivers/cli": _CORE + ("oracle", "sim", "scenarios", "reports", "drivers"),
    "tests": _CORE + ("oracle", "sim", "scenarios", "reports", "drivers"),
}

# Library headers -> the only folders that may include them.
_LIBRARIES = (
    (r"nlohmann/.*", ("scenarios", "reports", "tests"), "only scenarios/ and reports/ know JSON"),
    (r"valijson/.*", ("scenarios", "tests"), "only scenarios/ checks schemas"),
    (r"CLI/.*", ("drivers/cli",), "only drivers/cli reads the command line"),
    (r"isa-l.*|crc\.h|crc64\.h|raid\.h|erasure_code\.h", ("core/base", "core/raid", "tests"), "ISA-L stays behind its wrapper"),
    (r"Random123/.*", ("sim", "tests"), "only sim/ makes choices"),
    (r"xxhash\.h", ("oracle", "sim", "tests"), "XXH3 is for traces and never on media"),
    (r"boost/asio.*|liburing\.h", ("drivers",), "sockets and rings belong to the real world"),
    (r"gtest/.*|gmock/.*|benchmark/.*|rapidcheck.*", ("tests",), "test libraries belong to tests/"),
)

_TOP = ("core", "oracle", "sim", "scenarios", "reports", "drivers", "tests")


def _inside(path, folder):
    return path.startswith(folder + "/")


def _direction_of(path):
    folders = [folder for folder in _DIRECTION if _inside(path, folder)]
    return max(folders, key=len) if folders else None


def include_rule(source):
    """Yields (line, what is wrong)."""
    own = _direction_of(source.path)
    if own is None:
        yield 1, "this folder has no place in the order of includes (tests/source_rules/include_rule.py)"
        return
    for name, is_quoted, line in source.includes:
        if is_quoted and not name.startswith(tuple(top + "/" for top in _TOP)):
            yield line, f'"{name}" is not a full path from the root of the tree'
        elif is_quoted and not any(_inside(name, folder) for folder in (own,) + _DIRECTION[own]):
            yield line, f"{own} may not include {name}"
        elif not is_quoted and name.startswith(tuple(top + "/" for top in _TOP)):
            yield line, f"<{name}> is ours: include it with quotes"
        for pattern, folders, reason in _LIBRARIES:
            if re.fullmatch(pattern, name) and not any(_inside(source.path, folder) for folder in folders):
                yield line, f"<{name}> may not be included here: {reason}"
