#!/usr/bin/env python3
"""Recorded requests as workloads: simulated, explored, failed and shrunk without the trace; recordings that are wrong are refused."""

import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

import tap
from holdfast import holdfast

recorded = tap.root / "scenarios/raid/recorded_requests_of_fio.json"
explored = tap.root / "scenarios/explore/recorded_by_qemu.json"
recordings = tap.root / "scenarios/recordings"
lost = "R1 lost_durable: acked without a volatile cache, power cut"


def log_of(*entries, sector_size=512):
    """A log as dm-log-writes has it: (sector, sectors, flags) each, data behind all but discards."""
    blocks = [struct.pack("<QQQI", 0x6A736677736872, 1, len(entries), sector_size)]
    for sector, sectors, flags in entries:
        blocks.append(struct.pack("<QQQQ", sector, sectors, flags, 0))
        blocks += [b"d"] * (0 if flags & 4 else sectors)
    return b"".join(block.ljust(sector_size, b"\0") for block in blocks)


class TracesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-traces-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def scenario(self, path, trace, name="scenario.json", **changes):
        """A copy of the scenario that takes its requests from a trace of the test's own folder."""
        text = "".join(line for line in path.read_text().splitlines(True) if not line.startswith("//"))
        scenario = json.loads(text)
        scenario["workload"] = {"depth": 3, "swarm": False, "trace": {"file": trace}}
        for section, values in changes.items():
            scenario[section] = values if isinstance(values, list) else scenario[section] | values
        (self.folder / name).write_text(json.dumps(scenario))
        return self.folder / name

    def requests(self, trace, *setting):
        """What a campaign tells of a trace."""
        answer = holdfast("sim", recorded, "--seeds", "0..2", "--output-format=json",
                          "--set", f"workload.trace.file={trace}", "--set", "marks=[]", *setting)
        self.assertEqual(answer.code, 0, answer)
        return answer.json["campaigns"][0]["trace"]

    def test_every_recording_is_made_by_clients(self):
        self.assertEqual(self.requests("../recordings/fio_mix.iolog")["requests"], 141)
        blkparse = self.requests("../recordings/ext4_requests.blkparse")
        self.assertEqual((blkparse["format"], blkparse["requests"]), ("blkparse", 14))
        self.assertEqual((blkparse["folded"], blkparse["shortened"], blkparse["discards_left_out"]), (10, 1, 1))
        self.assertEqual(self.requests("../recordings/qemu_four_writes.log")["requests"], 8)
        mail = self.requests("../recordings/mail_server.csv", "--set", "workload.trace.device=mail_0",
                             "--set", "workload.flush_every=2", "--set", "workload.speed=100")
        self.assertEqual((mail["format"], mail["requests"], mail["folded"]), ("msr-csv", 6, 6))

    def test_what_fio_writes_here_and_now(self):
        if not shutil.which("fio"):
            self.skipTest("fio is not installed")
        iolog = self.folder / "now.iolog"
        subprocess.run(["fio", "--name=now", "--filename=volume", "--ioengine=psync", "--rw=randwrite", "--size=256k", "--bs=4k",
                        "--fsync=4", "--number_ios=24", f"--write_iolog={iolog}", "--output=/dev/null"],
                       cwd=self.folder, check=True, capture_output=True, timeout=60)
        told = self.requests(iolog)
        lines = [line.split() for line in iolog.read_text().splitlines()[1:]]
        self.assertEqual(told["requests"], sum(line[2] in ("write", "sync") for line in lines))
        self.assertGreater(told["requests"], 24)

    def test_a_report_with_a_trace_is_read_back_and_merged(self):
        shards = []
        for number in (1, 2):
            shards.append(self.folder / f"{number}.json")
            shards[-1].write_bytes(holdfast("sim", recorded, "--seeds", "0..20", "--shard", f"{number}/2",
                                            "--output-format=json").stdout)
        merged = holdfast("merge", *shards, "--output-format=json")
        whole = holdfast("sim", recorded, "--seeds", "0..20", "--output-format=json")
        for key in ("trace", "trace_hash", "counts"):
            self.assertEqual(merged.json["campaigns"][0][key], whole.json["campaigns"][0][key])
        report = self.folder / "merged.json"
        report.write_bytes(merged.stdout)
        self.assertEqual(holdfast("check-file", report).code, 0)

    def test_a_failure_stands_alone_and_is_made_small(self):
        shutil.copy(recordings / "fio_mix.iolog", self.folder)
        scenario = self.scenario(recorded, "fio_mix.iolog", marks=[])
        answer = holdfast("sim", scenario, "--seeds", "0..4", "--rule", "flush_members_before_tail=false",
                          "--failures", self.folder / "failures")
        self.assertEqual(answer.code, 1, answer)
        (self.folder / "fio_mix.iolog").unlink()
        files = {json.loads(path.read_text())["finding"]["signature"]: path
                 for path in (self.folder / "failures").iterdir()}
        self.assertEqual(holdfast("replay", files[lost], "--output-format=json").json["outcome"], "reproduced")
        small = self.folder / "small.json"
        self.assertEqual(holdfast("shrink", files[lost], "-o", small).code, 0)
        self.assertEqual(holdfast("check-file", small).code, 0)
        self.assertEqual(holdfast("replay", small, "--output-format=json").json["outcome"], "reproduced")
        content = json.loads(small.read_text())
        workload = content["scenario"]["workload"]
        self.assertNotIn("trace", workload)
        self.assertLess(len(workload["requests"]), 10)
        self.assertTrue(workload["requests"][0].startswith("write "), workload)
        self.assertLessEqual(sum(map(len, content["operations"])), 3)

    def test_a_log_of_dm_log_writes_is_explored(self):
        (self.folder / "four.log").write_bytes(log_of((0, 8, 0), (40, 8, 2), (0, 0, 1), (0, 8, 0)))
        scenario = self.scenario(explored, "four.log", explore={"operations": [3, 1], "arrivals": 1})
        one, other = (holdfast("explore", scenario, "--output-format=json", "--jobs", jobs) for jobs in (1, 2))
        self.assertEqual(one.code, 0, one)
        told = one.json["scenarios"][0]
        self.assertEqual(told["hash"], other.json["scenarios"][0]["hash"])
        self.assertEqual((told["trace"]["format"], told["trace"]["requests"]), ("dm-log-writes", 4))
        self.assertGreater(told["judged"], 1000)
        # The first life makes three of its requests, the second one the fourth: another fourth is another certificate.
        (self.folder / "four.log").write_bytes(log_of((0, 8, 0), (40, 8, 2), (0, 0, 1), (16, 8, 0)))
        self.assertNotEqual(holdfast("explore", scenario, "--output-format=json").json["scenarios"][0]["hash"], told["hash"])
        broken = holdfast("explore", scenario, "--rule", "flush_log_before_members=false", "--output-format=json")
        self.assertEqual(broken.code, 1, broken)
        report = self.folder / "report.json"
        report.write_bytes(broken.stdout)
        self.assertEqual(holdfast("check-file", report).code, 0)

    def test_what_is_no_trace_is_refused_with_its_place(self):
        whole = log_of((0, 8, 0), (40, 8, 2))
        for content, words in (
                (b"", "is empty"),
                (b"\x1f\x8b\x08\0", "gzip -d"),
                (whole[:-1], "byte 5128, nr_sectors: found 8"),
                (whole[:5130], "entry 1 of 2: the log ends at byte 5130"),
                (whole[:8] + b"\x02" + whole[9:], "byte 8, version: found 2"),
                (b"fio version 3 iolog\n1 f write 0 512\n2 f write zero 512\n", ':3: offset: found "zero"'),
                (b"fio version 3 iolog\n1 f write 0 51\x002\n", ":2: holds the byte 0x00"),
                (b"  8,0 0 1 0.000000001 1 Q W 99999999999999999999 + 8 [a]\n", ":1: sector: found"),
                (b"1,usr,0,Write,0,512\n", "begins like none of"),
                (b"1,usr,0,Write,0,512,1\n1,usr,0,Wri", ":2: has no end"),
                (b"1,usr,0,Write,0,512,1\n1,usr,0,Wri\n", ":2: has 4 fields"),
                (b"fio version 3 iolog\n1 f open\n", "holds no request")):
            with self.subTest(words):
                (self.folder / "bad.trace").write_bytes(content)
                scenario = self.scenario(recorded, "bad.trace")
                for answer in (holdfast("sim", scenario, "--seeds", "0..1"), holdfast("explore", scenario)):
                    self.assertEqual(answer.code, 2, answer)
                    self.assertIn("/workload/trace/file: ", answer.words)
                    self.assertIn("bad.trace", answer.words)
                    self.assertIn(words, answer.words)
                self.assertEqual(holdfast("check-file", scenario).code, 2)


if __name__ == "__main__":
    tap.main()
