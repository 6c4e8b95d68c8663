#include "oracle/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oracle/scene.h"

namespace holdfast::oracle {
namespace {

using testing::HasSubstr;

// --- R1: what is durable, and what may be there instead ---

TEST(Judge, UnflushedWriteMayBeThereOrNot) {
  for (bool landed : {false, true}) {
    Scene scene;
    WriteId w = scene.write(Scene::at(3));
    EXPECT_EQ(told(scene.cut({{3, landed ? wrote(w) : zeros()}})), "held");
  }
}

TEST(Judge, FlushedWriteIsThere) {
  Scene scene;
  WriteId w = scene.write(Scene::at(3));
  scene.flush();
  EXPECT_EQ(told(scene.cut({{3, wrote(w)}})), "held");

  Scene lost;
  lost.write(Scene::at(3));
  lost.flush();
  Judgement judgement = lost.cut({});
  ASSERT_EQ(told(judgement), "lost_durable R1");
  EXPECT_EQ(judgement.findings[0].signature(), "R1 lost_durable: flushed, power cut");
  EXPECT_EQ(
      judgement.findings[0].story,
      "block 3 shows zeros; write 1 (sector 3, flushed, acked) must be there: flushed, power cut");
}

TEST(Judge, FuaWriteIsThere) {
  Scene scene;
  scene.write(Scene::at(3), write_fua);
  Judgement judgement = scene.cut({});
  ASSERT_EQ(told(judgement), "lost_durable R1");
  EXPECT_EQ(judgement.findings[0].kind, "FUA, power cut");
}

TEST(Judge, PreflushCountsAsAFlushAtItsSubmit) {
  Scene scene;
  WriteId before = scene.write(Scene::at(3));
  WriteId preflush = scene.write(Scene::at(4), WriteFlags(false, true));
  EXPECT_EQ(told(scene.cut({{3, wrote(before)}, {4, zeros()}})), "held");
  EXPECT_EQ(preflush, 2u);

  Scene lost;
  lost.write(Scene::at(3));
  lost.write(Scene::at(4), WriteFlags(false, true));
  EXPECT_EQ(told(lost.cut({})), "lost_durable R1");
}

TEST(Judge, FlushCoversOnlyWhatWasAckedBeforeItsSubmit) {
  Scene scene;
  WriteId w = scene.history.begin_write(Scene::at(3), {});
  FlushId flush = scene.history.begin_flush();
  scene.history.end_write(w, true);
  scene.history.end_flush(flush, true);
  EXPECT_EQ(told(scene.cut({})), "held");
}

TEST(Judge, FailedAndUnfinishedFlushesCoverNothing) {
  Scene failed;
  failed.write(Scene::at(3));
  failed.flush(false);
  EXPECT_EQ(told(failed.cut({})), "held");
  Scene unfinished;
  unfinished.write(Scene::at(3));
  unfinished.history.begin_flush();
  EXPECT_EQ(told(unfinished.cut({})), "held");
}

TEST(Judge, FailedFuaWriteMayBeThereOrNot) {
  for (bool landed : {false, true}) {
    Scene scene;
    WriteId w = scene.failed_write(Scene::at(3), write_fua);
    EXPECT_EQ(told(scene.cut({{3, landed ? wrote(w) : zeros()}})), "held");
  }
}

TEST(Judge, CleanStopMakesAllDurable) {
  Scene scene;
  scene.write(Scene::at(3));
  scene.history.clean_stop();
  Judgement judgement = scene.recovers({});
  ASSERT_EQ(told(judgement), "lost_durable R1");
  EXPECT_EQ(judgement.findings[0].kind, "acked before a clean stop, reopened");
  Scene cut;
  cut.write(Scene::at(3));
  cut.history.clean_stop();
  EXPECT_EQ(told(cut.cut({})), "lost_durable R1");
}

TEST(Judge, HostCrashLosesNothingAckedIfSoDeclared) {
  Scene md;
  md.write(Scene::at(3));
  Judgement judgement = md.host_crash({});
  ASSERT_EQ(told(judgement), "lost_durable R1");
  EXPECT_EQ(judgement.findings[0].kind, "acked, host crash");

  Profile in_ram = plain_profile(16);
  in_ram.acked_writes_survive_host_crash = false;
  Scene cache(in_ram);
  cache.write(Scene::at(3));
  EXPECT_EQ(told(cache.host_crash({})), "held");
}

TEST(Judge, PowerCutAfterAHostCrashOutweighsIt) {
  Scene scene;
  scene.write(Scene::at(3));
  scene.history.crash(Crash::power);
  scene.history.crash(Crash::host);
  EXPECT_EQ(told(scene.recovers({})), "held");
}

TEST(Judge, WithoutAVolatileCacheAckedIsDurable) {
  Profile profile = plain_profile(16);
  profile.has_volatile_cache = false;
  Scene scene(profile);
  scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({})), "lost_durable R1");
}

TEST(Judge, OlderWriteBelowADurableOneIsLoss) {
  Scene scene;
  WriteId older = scene.write(Scene::at(3));
  scene.write(Scene::at(3), write_fua);
  Judgement judgement = scene.cut({{3, wrote(older)}});
  ASSERT_EQ(told(judgement), "lost_durable R1");
  EXPECT_EQ(judgement.findings[0].writes, (std::vector<WriteId>{1, 2}));
}

TEST(Judge, ConcurrentWritesMayEndInEitherOrder) {
  for (bool first_wins : {false, true}) {
    Scene scene;
    WriteId a = scene.history.begin_write(Scene::at(3), {});
    WriteId b = scene.history.begin_write(Scene::at(3), {});
    scene.history.end_write(b, true);
    scene.history.end_write(a, true);
    scene.flush();
    EXPECT_EQ(told(scene.cut({{3, wrote(first_wins ? a : b)}})), "held");
  }
}

TEST(Judge, ReadAfterBothAcksFixesTheOrder) {
  Scene scene;
  WriteId a = scene.history.begin_write(Scene::at(3), {});
  WriteId b = scene.history.begin_write(Scene::at(3), {});
  scene.history.end_write(a, true);
  scene.history.end_write(b, true);
  scene.read(3, wrote(a));
  scene.flush();
  EXPECT_EQ(told(scene.cut({{3, wrote(b)}})), "lost_durable R1");
}

TEST(Judge, ReadBeforeTheSecondAckFixesNothing) {
  Scene scene;
  WriteId a = scene.history.begin_write(Scene::at(3), {});
  WriteId b = scene.history.begin_write(Scene::at(3), {});
  scene.history.end_write(a, true);
  scene.read(3, wrote(a));
  scene.history.end_write(b, true);
  scene.flush();
  EXPECT_EQ(told(scene.cut({{3, wrote(b)}})), "held");
}

TEST(Judge, NewerUnackedWriteMayStandAboveADurableOne) {
  Scene scene;
  scene.write(Scene::at(3), write_fua);
  WriteId unacked = scene.unacked_write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{3, wrote(unacked)}})), "held");
}

TEST(Judge, ForeignBytesAreGarbage) {
  Scene scene;
  scene.write(Scene::at(3));
  Judgement judgement = scene.cut({{3, foreign()}});
  ASSERT_EQ(told(judgement), "garbage R1");
  EXPECT_THAT(judgement.findings[0].story, HasSubstr("foreign bytes"));
}

TEST(Judge, ZerosWhereNobodyPutThemAreGarbage) {
  Scene scene;
  WriteId w = scene.write(Scene::at(3), write_fua);
  EXPECT_EQ(told(scene.cut({{3, wrote(w)}})), "held");
  scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{3, zeros()}})), "garbage R1");
}

TEST(Judge, WriteOfAnotherPlaceIsMisdirected) {
  Scene scene;
  WriteId w = scene.write(Scene::at(3));
  Judgement judgement = scene.cut({{3, wrote(w)}, {9, Content::misdirected(w, Lba(3))}});
  ASSERT_EQ(told(judgement), "misdirected R1");
  EXPECT_THAT(judgement.findings[0].story, HasSubstr("block 9 shows write 1 of sector 3"));
}

TEST(Judge, DroppedWriteThatComesBackIsResurrected) {
  Scene scene;
  WriteId dropped = scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({})), "held");
  Judgement judgement = scene.cut({{3, wrote(dropped)}});
  ASSERT_EQ(told(judgement), "stale_resurrected R1");
  EXPECT_EQ(judgement.findings[0].story,
            "block 3 shows write 1, which recovery 1 had ruled out; recovery 1 had shown zeros, "
            "and nothing "
            "was written there since");
}

TEST(Judge, SupersededWriteThatComesBackIsResurrectedThoughSomethingNewWasWritten) {
  Scene scene;
  WriteId old = scene.write(Scene::at(3));
  WriteId kept = scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{3, wrote(kept)}})), "held");
  scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{3, wrote(old)}})), "stale_resurrected R1");
}

// --- R3 ---

TEST(Judge, WhatARecoveryShowedIsPinned) {
  Scene scene;
  WriteId unacked = scene.unacked_write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{3, wrote(unacked)}})), "held");
  EXPECT_EQ(told(scene.cut({{3, wrote(unacked)}})), "held");
  EXPECT_EQ(told(scene.cut({{3, zeros()}})), "unstable R3");
}

TEST(Judge, RereadThatDiffersIsUnstable) {
  Scene scene;
  Judgement judgement;
  Observation first = scene.shows({}), again = scene.shows({{5, foreign()}});
  scene.judge.reread(first, first, Opening(), judgement);
  EXPECT_TRUE(judgement.holds());
  scene.judge.reread(first, again, Opening(), judgement);
  EXPECT_EQ(told(judgement), "unstable R3");
}

// --- R2 ---

Profile atomic_profile() {
  Profile profile = plain_profile(16);
  profile.atomic_write_bytes = 4096;
  return profile;
}

TEST(Judge, WriteInsideTheAtomicUnitIsWhole) {
  Scene whole(atomic_profile());
  WriteId w = whole.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(whole.cut({{2, wrote(w)}, {3, wrote(w)}})), "held");
  Scene absent(atomic_profile());
  absent.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(absent.cut({})), "held");
  Scene torn(atomic_profile());
  w = torn.unacked_write(Scene::at(2, 2));
  Judgement judgement = torn.cut({{2, wrote(w)}});
  ASSERT_EQ(told(judgement), "torn R2");
  EXPECT_THAT(judgement.findings[0].story, HasSubstr("stands in block 2 but not in block 3"));
}

TEST(Judge, WriteAcrossTheAtomicUnitMayTear) {
  Scene scene(atomic_profile());
  WriteId w = scene.unacked_write(Scene::at(7, 2));
  EXPECT_EQ(told(scene.cut({{7, wrote(w)}})), "held");
}

TEST(Judge, LaterWriteAboveHalfOfAnAtomicOneIsNotATear) {
  Scene scene(atomic_profile());
  WriteId w = scene.write(Scene::at(2, 2));
  WriteId later = scene.write(Scene::at(3));
  EXPECT_EQ(told(scene.cut({{2, wrote(w)}, {3, wrote(later)}})), "held");
}

TEST(Judge, EarlierWriteBesideAnAtomicOneIsATear) {
  Scene scene(atomic_profile());
  WriteId earlier = scene.write(Scene::at(3));
  WriteId w = scene.write(Scene::at(2, 2));
  EXPECT_EQ(told(scene.cut({{2, wrote(w)}, {3, wrote(earlier)}})), "torn R2");
}

TEST(Judge, UnackedWriteBesideAnAtomicOneMayHaveComeLater) {
  Scene scene(atomic_profile());
  WriteId beside = scene.unacked_write(Scene::at(3));
  WriteId w = scene.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(scene.cut({{2, wrote(w)}, {3, wrote(beside)}})), "held");
}

// A torn write may leave any bytes, those that stood there before all of it included.
TEST(Judge, LaterWriteThatMayLeaveAnythingIsNotATearOfTheAtomicOneBelow) {
  Profile profile = atomic_profile();
  profile.arbitrary_under_unacked_writes = true;
  Scene scene(profile);
  WriteId w = scene.write(Scene::at(2, 2));
  scene.unacked_write(Scene::at(3, 9));
  EXPECT_EQ(told(scene.cut({{2, wrote(w)}})), "held");
  Scene earlier(profile);
  earlier.unacked_write(Scene::at(4, 9));
  w = earlier.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(earlier.cut({{2, wrote(w)}})), "torn R2");
}

// --- arbitrary blocks of tier T2 ---

TEST(Judge, UnackedWriteAboveTheAtomicUnitMayLeaveAnythingIfSoDeclared) {
  Profile profile = plain_profile(16);
  Scene strict(profile);
  strict.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(strict.cut({{2, foreign()}})), "garbage R1");
  profile.arbitrary_under_unacked_writes = true;
  Scene loose(profile);
  loose.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(loose.cut({{2, foreign()}})), "held");
  EXPECT_EQ(told(loose.cut({{2, foreign(98)}})), "unstable R3") << "pinned all the same";
  Scene atomic(profile);
  atomic.unacked_write(Scene::at(2));
  EXPECT_EQ(told(atomic.cut({{2, foreign()}})), "garbage R1");
  Scene acked(profile);
  acked.write(Scene::at(2, 2));
  EXPECT_EQ(told(acked.cut({{2, foreign()}})), "garbage R1");
  Scene host(profile);
  host.unacked_write(Scene::at(2, 2));
  EXPECT_EQ(told(host.host_crash({{2, foreign()}})), "garbage R1") << "power stayed";
}

TEST(Judge, UndurableWriteMayLeaveAnythingIfSoDeclared) {
  Profile profile = plain_profile(16);
  profile.arbitrary_under_undurable_writes = true;
  Scene loose(profile);
  loose.write(Scene::at(2, 2));
  EXPECT_EQ(told(loose.cut({{2, foreign()}})), "held");
  Scene flushed(profile);
  flushed.write(Scene::at(2, 2));
  flushed.flush();
  EXPECT_EQ(told(flushed.cut({{2, foreign()}, {3, wrote(1)}})), "garbage R1");
}

// --- R4 ---

TEST(Judge, StaleReadIsWrong) {
  Scene scene;
  scene.write(Scene::at(3));
  scene.read(3, zeros());
  Judgement judgement = scene.live();
  ASSERT_EQ(told(judgement), "wrong_read R4");
  EXPECT_THAT(judgement.findings[0].story, HasSubstr("a read of block 3"));
  EXPECT_EQ(judgement.counts.live_reads, 1u);
}

TEST(Judge, WrongReadTeachesNoOrder) {
  Scene scene;
  WriteId old = scene.write(Scene::at(3));
  WriteId now = scene.write(Scene::at(3));
  scene.read(3, wrote(old));
  scene.flush();
  EXPECT_EQ(told(scene.cut({{3, wrote(now)}})), "wrong_read R4");
}

TEST(Judge, RecoveryJudgesTheReadsBeforeIt) {
  Scene scene;
  WriteId w = scene.write(Scene::at(3));
  scene.read(3, wrote(w));
  scene.read(4, foreign());
  EXPECT_EQ(told(scene.cut({{3, wrote(w)}})), "wrong_read R4");
  scene.read(3, wrote(w));
  Judgement judgement = scene.cut({});
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.live_reads, 1u);
}

TEST(Judge, UnfinishedReadsAndWritesAreNoLiveViolation) {
  Scene scene;
  WriteId w = scene.unacked_write(Scene::at(3));
  scene.history.begin_read(Scene::at(3));
  scene.read(3, zeros());
  scene.read(3, wrote(w));
  EXPECT_EQ(told(scene.cut({})), "held") << "seen by a read, but never acked";
}

// --- R9 ---

Profile discarding_profile(bool reads_zero) {
  Profile profile = plain_profile(32);
  profile.discard_granularity_bytes = 4096;
  profile.discard_reads_zero = reads_zero;
  return profile;
}

TEST(Judge, DurableDiscardReadsZeroInWholeGranulesOnly) {
  Scene scene(discarding_profile(true));
  WriteId w = scene.write(Scene::at(0, 24));
  scene.discard(Scene::at(4, 16));
  scene.flush();
  std::map<std::uint64_t, Content> good;
  for (std::uint64_t lba = 0; lba < 24; ++lba)
    good[lba] = lba >= 8 && lba < 16 ? zeros() : wrote(w);
  Scene same(discarding_profile(true));
  same.write(Scene::at(0, 24));
  same.discard(Scene::at(4, 16));
  same.flush();
  EXPECT_EQ(told(scene.cut(good)), "held");
  good[9] = wrote(w);
  EXPECT_EQ(told(same.cut(good)), "stale_resurrected R9");
}

TEST(Judge, UnflushedDiscardMayHaveHappenedOrNot) {
  for (bool happened : {false, true}) {
    Scene scene(discarding_profile(true));
    WriteId w = scene.write(Scene::at(8, 8), write_fua);
    scene.discard(Scene::at(8, 8));
    std::map<std::uint64_t, Content> seen;
    for (std::uint64_t lba = 8; lba < 16; ++lba) seen[lba] = happened ? zeros() : wrote(w);
    EXPECT_EQ(told(scene.cut(seen)), "held");
  }
}

TEST(Judge, DiscardThatDoesNotReadZeroLeavesAnythingOnce) {
  Scene scene(discarding_profile(false));
  scene.discard(Scene::at(8, 8));
  EXPECT_EQ(told(scene.cut({{9, foreign()}})), "held");
  EXPECT_EQ(told(scene.cut({{9, zeros()}})), "unstable R3");
}

TEST(Judge, WriteZeroesIsAWriteOfZeros) {
  Scene scene;
  WriteId w = scene.write(Scene::at(3), write_fua);
  scene.zeroes(Scene::at(3), write_fua);
  EXPECT_EQ(told(scene.cut({{3, wrote(w)}})), "stale_resurrected R9");
  Scene good;
  good.write(Scene::at(3), write_fua);
  good.zeroes(Scene::at(3), write_fua);
  EXPECT_EQ(told(good.cut({{3, zeros()}})), "held");
}

// --- R7, R8 and what is not judged ---

TEST(Judge, UnreadableBlockIsAnErrorWithinTheBudgetAndUnknownBeyond) {
  Scene scene;
  EXPECT_EQ(told(scene.cut({{3, Content::unreadable()}})), "unexpected_eio R7");
  Opening beyond;
  beyond.is_over_budget = true;
  Scene broken;
  Judgement judgement = broken.cut({{3, Content::unreadable()}}, beyond);
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.blocks_unknown, 1u);
  EXPECT_EQ(judgement.counts.blocks, 15u);
  EXPECT_EQ(told(broken.cut({{3, foreign()}})), "held") << "nothing was known of it";
  EXPECT_EQ(told(broken.cut({{3, zeros()}})), "unstable R3") << "now it is";
}

TEST(Judge, StuckRefusedAndErrorsTellWhatHappened) {
  Judgement judgement;
  Judge::stuck("open after cut 2", 5000, judgement);
  Judge::refused("m1: offset 72, level: found 17", judgement);
  Judge::unexpected_error("write", Scene::at(3, 2), IoError(IoErrorKind::io, Lba(4)), judgement);
  EXPECT_EQ(told(judgement), "stuck R8, refused R8, unexpected_eio R7");
  EXPECT_THAT(judgement.findings[0].story,
              HasSubstr("open after cut 2 did not end within 5000 events"));
  EXPECT_THAT(judgement.findings[1].story, HasSubstr("found 17"));
  EXPECT_THAT(judgement.findings[2].story, HasSubstr("sector 4"));
}

TEST(Judge, SilentDamageNamedByTheWorldIsCounted) {
  Scene scene;
  scene.judge.silently_damaged(0, Scene::at(3));
  Judgement judgement = scene.cut({{3, foreign()}, {4, foreign()}});
  EXPECT_EQ(told(judgement), "unstable R3");
  EXPECT_EQ(judgement.findings[0].where, Scene::at(4));
  EXPECT_EQ(judgement.counts.silent_by_format, 1u);
}

TEST(Judge, CountsWhatItLookedAt) {
  Scene scene;
  scene.write(Scene::at(3), write_fua);
  scene.write(Scene::at(4));
  Judgement judgement = scene.cut({{3, wrote(1)}});
  EXPECT_EQ(judgement.counts.recoveries, 1u);
  EXPECT_EQ(judgement.counts.blocks, 16u);
  EXPECT_EQ(judgement.counts.blocks_must, 15u);
}

TEST(Judgement, ManyBlocksOfOneSignatureAreToldAFewTimes) {
  Scene scene;
  scene.write(Scene::at(0, 16), write_fua);
  Judgement judgement = scene.cut({{0, foreign(1)}, {1, foreign(2)}, {5, foreign(3)}});
  std::uint64_t lost = 0, garbage = 0;
  for (const Finding& finding : judgement.findings)
    (finding.verdict == Verdict::garbage ? garbage : lost) += finding.blocks;
  EXPECT_EQ(garbage, 3u);
  EXPECT_EQ(lost, 13u);
  EXPECT_LE(judgement.findings.size(), 8u);
}

TEST(Verdict, NamesAreThoseOfTheFaultModel) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Verdict::vacuous); ++i)
    names.push_back(name_of(static_cast<Verdict>(i)));
  EXPECT_THAT(names, testing::ElementsAre("lost_durable", "garbage", "misdirected",
                                          "stale_resurrected", "torn", "unstable", "wrong_read",
                                          "write_hole", "parity_mismatch", "unexpected_eio",
                                          "stuck", "refused", "nondeterministic", "vacuous"));
  for (std::string_view name : names) EXPECT_EQ(name_of(*verdict_named(name)), name);
  EXPECT_FALSE(verdict_named("fine"));
}

}  // namespace
}  // namespace holdfast::oracle
