#!/usr/bin/env python3
"""make_trace_corpus.py FOLDER RECORDING...: inputs for trace_fuzz, a byte for the volume in front of each recording."""

import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for recording in map(pathlib.Path, sys.argv[2:]):
    content = recording.read_bytes()
    for size in (len(content), len(content) // 2, 700):
        (folder / f"{recording.name}.{size}").write_bytes(b"\x21" + content[:size])
