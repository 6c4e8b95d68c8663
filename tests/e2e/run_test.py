#!/usr/bin/env python3
"""./run before there is a program: what went wrong is told apart from what a command found (1) by its exit code."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tap


class RunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-run-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / ".ci").mkdir()
        (self.root / "tools").mkdir()
        shutil.copy(tap.root / "run", self.root)
        shutil.copy(tap.root / ".ci/setup", self.root / ".ci")
        (self.root / "packages.txt").write_text("run   no-such-package\n")

    def tool(self, name, *lines):
        path = self.root / "tools" / name
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(0o755)

    def run_it(self):
        path = f"{self.root}/tools:{os.environ['PATH']}"
        return subprocess.run([self.root / "run", "sim"], env=os.environ | {"PATH": path}, capture_output=True, timeout=60)

    def test_packages_that_can_not_be_installed_are_a_missing_prerequisite(self):
        self.tool("dpkg-query", "exit 1")
        for name in ("apt-get", "sudo"):
            self.tool(name, "exit 100")
        self.assertEqual(self.run_it().returncode, 77)

    def test_a_build_that_fails_is_no_broken_promise(self):
        self.tool("dpkg-query", "echo 'ii  no-such-package'")
        self.tool("meson", "exit 1")
        self.tool("ninja", "exit 1")
        self.assertEqual(self.run_it().returncode, 3)


if __name__ == "__main__":
    tap.main()
