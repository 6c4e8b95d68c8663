#include "oracle/history.h"

#include <gtest/gtest.h>

#include "tests/oracle/scene.h"

namespace holdfast::oracle {
namespace {

// A second history that is told all that happens in the first.
struct Told {
  Told() {
    scene.history.tell([this](const HistoryEvent& event) {
      ++events;
      other.history.replay(event);
    });
  }

  Scene scene;
  Scene other;
  int events = 0;
};

TEST(History, WhatIsReplayedIsJudgedAlike) {
  Told told;
  WriteId lost = told.scene.write(Scene::at(3, 2));
  told.scene.flush();
  told.scene.read(3, Content::written(lost));
  WriteId open = told.scene.unacked_write(Scene::at(5), write_fua);
  told.scene.failed_write(Scene::at(6));
  told.scene.zeroes(Scene::at(7));
  told.scene.discard(Scene::at(8, 8));
  told.scene.history.member_lost();
  EXPECT_EQ(told.events, 14);

  EXPECT_EQ(told.other.history.writes_end(), told.scene.history.writes_end());
  EXPECT_TRUE(told.other.history.is_flushed(told.other.history.write(lost)));
  EXPECT_FALSE(told.other.history.write(open).is_acked());
  EXPECT_TRUE(told.other.history.write(open).fua);
  EXPECT_EQ(told.other.history.reads_seen(), 1u);
  for (Scene* scene : {&told.scene, &told.other}) {
    scene->history.crash(Crash::power);
    Judgement judgement;
    scene->judge.recovery(scene->shows({{7, Content::zero()}}), Opening(), judgement);
    ASSERT_EQ(judgement.findings.size(), 1u);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::lost_durable);
    EXPECT_EQ(judgement.findings[0].where, Scene::at(3, 2));
  }
}

TEST(HistoryDeathTest, AReplayThatCountsDifferentlyIsTheEnd) {
  Scene scene;
  scene.history.begin_write(Scene::at(1), {});
  HistoryEvent event(HistoryEvent::Kind::write, 1);
  event.extent = Scene::at(1);
  EXPECT_DEATH(scene.history.replay(event), "E2");
}

}  // namespace
}  // namespace holdfast::oracle
