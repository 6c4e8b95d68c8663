#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/examination.h"
#include "reports/journal_examined.h"
#include "scenarios/schema.h"

namespace holdfast::reports {
namespace {

using nlohmann::json;
using raid::journal::RecordKind;

LoggedRecord data_record(PageState state) {
  LoggedRecord logged;
  logged.record = {RecordKind::data, 1, Lba(48800), {0x7d3c1277}};
  logged.stripe = Lba(16288);
  logged.page_room[0] = {state, 2, 0x7d3c1277, state == PageState::wrong ? 0xbadu : 0x7d3c1277u};
  return logged;
}

LoggedRecord parity_record() {
  LoggedRecord logged;
  logged.record = {RecordKind::parity, 2, Lba(16288), {1, 2}};
  logged.stripe = Lba(16288);
  logged.page_room = {LoggedPage{PageState::ok, 3, 1, 1},
                      LoggedPage{PageState::unreadable, 0, 2, 0}};
  return logged;
}

LoggedRecord flush_record() {
  LoggedRecord logged;
  logged.record = {RecordKind::flush, 0, Lba(8), {}};
  logged.stripe = Lba(8);
  return logged;
}

// A log of one intact unit.
JournalExamined sound_journal() {
  JournalExamined journal;
  journal.begin = Lba(2048);
  journal.size = Sectors(4096);
  journal.tail_found = 4080;
  journal.tail = Lba(4080);
  journal.units[0] = 1;
  journal.records = {1, 0, 1};
  journal.pages = 1;
  journal.first = journal.last = Sequence(0xb90c9654);
  journal.blocks = 2;
  journal.end = Lba(0);
  journal.end_problem = "offset 0, magic: found 0x0, expected 0x6433c509";
  journal.lists_all = true;
  journal.listed = {{UnitState::intact,
                     Lba(4080),
                     Sequence(0xb90c9654),
                     "",
                     {data_record(PageState::ok), flush_record()}}};
  return journal;
}

// ... of the same with a damaged unit in front and a place that can't be read behind that.
JournalExamined damaged_journal() {
  JournalExamined journal = sound_journal();
  journal.tail_found = 4000;
  journal.tail = Lba(4000);
  journal.blocks = 12;
  journal.units[2] = journal.units[3] = 1;
  journal.listed.insert(
      journal.listed.begin(),
      {LoggedUnit{UnitState::damaged,
                  Lba(4000),
                  Sequence(0xb90c9650),
                  "offset 4096, checksum of page 1",
                  {data_record(PageState::wrong), parity_record()}},
       LoggedUnit{UnitState::skipped, Lba(4032), {}, "offset 0, block 0: can't be read", {}}});
  return journal;
}

Examination with(JournalExamined journal) {
  SuperblockFound found;
  found.superblock.emplace();
  found.superblock->dev_roles = {raid::role_journal};
  found.journal = std::move(journal);
  DeviceExamined device;
  device.path = "j.img";
  device.superblocks.push_back(std::move(found));
  Examination examination;
  examination.devices.push_back(std::move(device));
  return examination;
}

std::string schema_problems_of(const std::string& text) {
  auto document = scenarios::Document::parse("report.json", text);
  if (!document) return scenarios::text_of(document.error());
  return scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::report));
}

TEST(JournalReport, EveryRecordIsALine) {
  EXPECT_EQ(text_of(sound_journal()),
            "  journal      ring of 2.00 MiB (4096 sectors) from device sector 2048, tail at ring "
            "sector 4080\n"
            "  log          1 intact unit in 2 of 512 blocks, seq 0xb90c9654 to 0xb90c9654\n"
            "               1 data, 0 parity and 1 flush records\n"
            "  log ends     at ring sector 0: offset 0, magic: found 0x0, expected 0x6433c509\n"
            "  unit         ring sector 4080, seq 0xb90c9654: intact\n"
            "    data     array sector 48800, stripe 16288, role 2: ok\n"
            "    flush    stripe 8\n");
}

TEST(JournalReport, WhatIsWrongIsShouted) {
  std::string text = text_of(damaged_journal());
  EXPECT_NE(
      text.find("  ATTENTION    1 unit damaged: what only their wrong pages held is lost\n"
                "               1 place without a readable unit: what stood there is lost, and "
                "all stripes are in doubt\n"),
      std::string::npos)
      << text;
  EXPECT_NE(
      text.find("  unit         ring sector 4000, seq 0xb90c9650: DAMAGED: offset 4096, checksum "
                "of page 1\n"
                "    data     array sector 48800, stripe 16288, role 2: WRONG (checksum 00000bad, "
                "expected 7d3c1277)\n"
                "    parity   stripe 16288, P on role 3: ok, Q on role 0: UNREADABLE\n"
                "  unit         ring sector 4032: SKIPPED: offset 0, block 0: can't be read\n"),
      std::string::npos)
      << text;
}

TEST(JournalReport, WhatIsNotShownIsCounted) {
  JournalExamined journal = sound_journal();
  journal.lists_all = false;
  journal.listed.clear();
  EXPECT_NE(text_of(journal).find("  units        1 shown only by --journal records\n"),
            std::string::npos);
}

TEST(JournalReport, OnlyWhatAPowerCutLeavesIsSound) {
  EXPECT_FALSE(sound_journal().is_damaged());
  JournalExamined torn = sound_journal();
  torn.units[1] = 1;
  EXPECT_FALSE(torn.is_damaged());
  EXPECT_TRUE(damaged_journal().is_damaged());
  JournalExamined unreadable_end = sound_journal();
  unreadable_end.end_is_unreadable = true;
  EXPECT_TRUE(unreadable_end.is_damaged());
  JournalExamined unread = sound_journal();
  unread.problem = "can't be read";
  EXPECT_TRUE(unread.is_damaged());
  JournalExamined lost;
  EXPECT_TRUE(lost.is_lost() && lost.is_damaged());
  lost.may_be_new = true;
  EXPECT_TRUE(lost.is_new() && !lost.is_damaged());
}

TEST(JournalReport, ADamagedJournalMakesItsDeviceADamagedOne) {
  EXPECT_FALSE(with(sound_journal()).devices.front().is_damaged());
  EXPECT_TRUE(with(damaged_journal()).devices.front().is_damaged());
}

TEST(JournalReport, JsonKeepsItsSchema) {
  for (const JournalExamined& journal : {sound_journal(), damaged_journal(), JournalExamined()}) {
    std::string text = json_of(with(journal));
    EXPECT_EQ(schema_problems_of(text), "") << text;
  }
  JournalExamined odd = sound_journal();
  odd.listed[0].records[0].page_room[0].role = -1;
  EXPECT_NE(schema_problems_of(json_of(with(odd))), "") << "the schema does look at the pages";
}

TEST(JournalReport, JsonTellsEveryRecord) {
  json journal =
      json::parse(json_of(with(damaged_journal())))["devices"][0]["superblocks"][0]["journal"];
  EXPECT_EQ(journal["sound"], false);
  EXPECT_EQ(journal["intact_units"], 1);
  EXPECT_EQ(journal["units"].size(), 3u);
  const json& damaged = journal["units"][0];
  EXPECT_EQ(damaged["sequence"], "0x00000000b90c9650");
  EXPECT_EQ(
      damaged["records"][0],
      json::parse(R"({"kind": "data", "array_sector": 48800, "stripe_sector": 16288, "pages": [
                {"holds": "data", "role": 2, "state": "wrong", "checksum": "0x7d3c1277",
                 "found": "0x00000bad"}]})"));
  EXPECT_EQ(damaged["records"][1]["pages"][1]["holds"], "Q");
  EXPECT_EQ(damaged["records"][1]["pages"][1]["state"], "unreadable");
  EXPECT_FALSE(journal["units"][1].contains("sequence"));
  EXPECT_EQ(journal["units"][2]["records"][1],
            json::parse(R"({"kind": "flush", "stripe_sector": 8})"));
}

}  // namespace
}  // namespace holdfast::reports
