"""Loop devices, where root has them; a test that needs them is skipped elsewhere."""

import os
import subprocess
import unittest


class LoopDevices:
    def __init__(self):
        if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
            raise unittest.SkipTest("needs root and loop devices")
        self.devices = []

    def attach(self, image):
        done = subprocess.run(["losetup", "--find", "--show", "--direct-io=on", image], capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f"no loop devices here: {done.stderr.strip()}")
        self.devices.append(done.stdout.strip())
        return self.devices[-1]

    def detach_all(self):
        while self.devices:
            subprocess.run(["losetup", "--detach", self.devices.pop()], check=False)
