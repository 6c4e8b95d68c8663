"""Calls the program under test, and mdadm beside it."""

import json
import os
import pathlib
import re
import subprocess

import tap


class Answer:
    def __init__(self, done):
        self.code = done.returncode
        self.stdout = done.stdout
        self.words = done.stderr.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.stdout)

    def __repr__(self):
        return f"exit {self.code}\n{self.stdout[:2000].decode(errors='replace')}\n{self.words}"


def holdfast(*arguments, **options):
    return Answer(subprocess.run([tap.program(), *map(str, arguments)], capture_output=True, timeout=120, **options))


def examine(*devices):
    return holdfast("examine", "--output-format=json", *devices)


def recover(*arguments):
    return holdfast("recover", "--output-format=json", *arguments)


def mdadm_examine(device):
    """The fields of `mdadm --examine`, by name; None if mdadm finds nothing."""
    done = subprocess.run(["mdadm", "--examine", device], capture_output=True, text=True)
    if done.returncode != 0:
        return None
    fields = {}
    for line in done.stdout.splitlines():
        name, colon, value = line.strip().partition(" : ")
        if colon:
            fields[name.strip()] = value.strip()
    return fields


def first_number(text):
    return int(re.match(r"\d+", text).group())


def write_volume_file(path, members, level=5, spares=(), journal=None, **volume):
    """A volume file over these paths; the devices are called m0, m1, …, s0, … and j."""
    devices = {f"m{i}": {"path": str(member)} for i, member in enumerate(members)}
    devices |= {f"s{i}": {"path": str(spare)} for i, spare in enumerate(spares)}
    section = {"type": "raid", "level": level, "members": [f"m{i}" for i in range(len(members))]} | volume
    if journal:
        devices["j"] = {"path": str(journal)}
        section["journal"] = "j"
    if spares:
        section["spares"] = [f"s{i}" for i in range(len(spares))]
    pathlib.Path(path).write_text(json.dumps(
        {"schema": "holdfast.volume/1", "devices": devices, "volume": section}, indent=1))
    return path


def make_image(path, size):
    with open(path, "wb") as file:
        os.truncate(file.fileno(), size)
    return str(path)
