"""What mdadm must say of the arrays that we make and use."""

from holdfast import examine, first_number, mdadm_examine


def shapes():
    """Level, layout, members, chunk KiB, metadata: every layout at least once, every metadata with every level."""
    yield 4, None, 3, 64, "1.2"
    yield 4, None, 4, 4, "1.0"
    yield 4, None, 3, 64, "1.1"
    raid5 = ["left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "parity-first", "parity-last"]
    for i, layout in enumerate(raid5):
        yield 5, layout, 3 + i % 3, (4, 64, 512)[i % 3], ("1.0", "1.1", "1.2")[i // 2]
    raid6 = raid5 + ["ddf-zero-restart", "ddf-N-restart", "ddf-N-continue"]
    raid6 += [layout + "-6" for layout in raid5[:4]] + ["parity-first-6"]
    for i, layout in enumerate(raid6):
        yield 6, layout, 4 + i % 3, (64, 16, 1024)[i % 3], ("1.2", "1.0", "1.1")[i % 3]


class MdadmChecks:
    """Beside unittest.TestCase."""

    def check_members(self, members, level, layout, chunk, metadata, is_clean, journal=None):
        ours = examine(*members, *([journal] if journal else []))
        self.assertEqual(ours.code, 0, ours)
        [array] = ours.json["arrays"]
        self.assertTrue(array["assembles"], ours)
        for role, member in enumerate(members):
            theirs = mdadm_examine(member)
            self.assertRegex(theirs["Checksum"], r"^[0-9a-f]+ - correct$")
            self.assertEqual(theirs["Version"], metadata)
            self.assertEqual(theirs["Raid Level"], f"raid{level}")
            self.assertEqual(int(theirs["Raid Devices"]), len(members))
            self.assertEqual(first_number(theirs["Chunk Size"]), chunk)
            if layout:
                self.assertEqual(theirs["Layout"].lower(), layout.lower())
            self.assertEqual(theirs["Device Role"], f"Active device {role}")
            self.assertTrue(theirs["Array State"].startswith("A" * len(members) + " "), theirs["Array State"])
            self.assertEqual(theirs["State"], "clean" if is_clean else "active")
            self.assertEqual(theirs["Array UUID"], array["uuid"])
            # mdadm's array size is in KiB.
            self.assertEqual(first_number(theirs["Array Size"]) * 2, array["array_sectors"])

    def check_journal(self, journal, metadata, members, was_abandoned=False):
        """One empty unit is what a recovery leaves, and a clean stop."""
        theirs = mdadm_examine(journal)
        self.assertRegex(theirs["Checksum"], r"^[0-9a-f]+ - correct$")
        self.assertEqual(theirs["Version"], metadata)
        self.assertEqual(theirs["Device Role"], "Journal")
        for member in members:
            beside = mdadm_examine(member)
            self.assertEqual({beside["Feature Map"], theirs["Feature Map"]}, {"0x200"})
            for field in ("Array UUID", "Events", "State", "Creation Time"):
                self.assertEqual(beside[field], theirs[field], field)
        [superblock] = examine(journal).json["devices"][0]["superblocks"]
        self.assertEqual(superblock["role"], "journal")
        self.assertTrue(superblock["journal"]["sound"])
        if was_abandoned:
            self.assertGreater(superblock["journal"]["intact_units"], 1)
        else:
            self.assertEqual(superblock["journal"]["intact_units"], 1)
