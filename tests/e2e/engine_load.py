"""Fills arrays by our own engine (tests/rig/load.cc), ends it in mid-load, and judges what was recovered."""

import itertools
import os
import pathlib
import random
import subprocess

import tap
from holdfast import first_number, mdadm_examine

page = 4096


def load(seed, writes, shadow, devices, crash=None):
    """Crash: None, after_flush or mid_load; then beside `shadow` stands `shadow`.begun."""
    program = pathlib.Path(tap.program()).parents[1] / "tests/rig/holdfast_load"
    environment = {"HOLDFAST_LOAD_CRASH": crash} if crash else {}
    done = subprocess.run([program, str(seed), str(writes), shadow, *devices], env=os.environ | environment, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


def pages_of(path):
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(page), b"")


def wrong_pages(image, shadow):
    """Numbers of the pages that hold neither what was acknowledged nor what was begun."""
    pages = itertools.zip_longest(pages_of(image), pages_of(shadow), pages_of(f"{shadow}.begun"))
    return [number for number, (found, acknowledged, begun) in enumerate(pages) if found not in (acknowledged, begun)]


def lose_caches(before, after):
    """Half of the pages that members got since `before` go back, as if a power cut had found them in caches. How many."""
    lost, chance = 0, random.Random(1)
    for old_image, image in zip(before, after):
        fields = mdadm_examine(image)
        first = first_number(fields.get("Data Offset", "0")) * 512 // page
        size = first_number(fields.get("Used Dev Size", fields["Avail Dev Size"])) * 512 // page
        with open(old_image, "rb") as old, open(image, "r+b") as file:
            for place in range(first * page, (first + size) * page, page):
                old.seek(place)
                file.seek(place)
                was = old.read(page)
                if was != file.read(page) and chance.random() < 0.5:
                    file.seek(place)
                    file.write(was)
                    lost += 1
    return lost
