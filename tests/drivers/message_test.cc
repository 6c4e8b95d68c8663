// Messages that outlive their sender, and senders that outlive nothing.
#include "drivers/cli/exercise/message.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "drivers/cli/exercise/engine_process.h"
#include "drivers/posix/opened_file.h"

namespace holdfast::drivers {
namespace {

constexpr auto a_while = Nanoseconds::of_milliseconds(20'000);

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  Descriptor reading;
  Descriptor writing;
};

std::vector<Message> all_of(Inbox& inbox) {
  std::vector<Message> heard;
  Message message;
  for (;;) {
    Inbox::State state = inbox.next(message, a_while);
    if (state == Inbox::State::ended) return heard;
    if (state == Inbox::State::message) heard.push_back(message);
  }
}

Message large_message() {
  Message message(Message::Kind::seen, "beside words");
  message.number = {1, 2, 3, 4, 5};
  for (std::uint64_t word = 0; word < 100'000; ++word) message.words.push_back(word * word);
  return message;
}

TEST(Message, OutlivesASenderThatIsKilled) {
  EngineProcess process = EngineProcess::start([](Outbox& out, int) {
    out.send({Message::Kind::note, "first"});
    out.send(Message(Message::Kind::stopped));
    raise(SIGKILL);
  });
  std::vector<Message> heard = all_of(process.inbox());
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0], Message(Message::Kind::note, "first"));
  EXPECT_EQ(heard[1].kind, Message::Kind::stopped);
  EXPECT_EQ(process.reap().how, "by signal 9 (Killed)") << "nobody here has killed it";
}

TEST(Message, MayBeLargerThanThePipe) {
  EngineProcess process = EngineProcess::start([](Outbox& out, int) {
    for (int i = 0; i < 3; ++i) out.send(large_message());
  });
  std::vector<Message> heard = all_of(process.inbox());
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_EQ(heard[2], large_message());
  EXPECT_EQ(process.reap().how, "");
}

TEST(Message, OfASenderThatWasKilledInItsMiddleIsNeverSeen) {
  EngineProcess process = EngineProcess::start([](Outbox& out, int) {
    out.send({Message::Kind::note, "whole"});
    for (;;) out.send(large_message());  // waits in the middle of one, for nobody takes it
  });
  Message message;
  ASSERT_EQ(process.inbox().next(message, a_while), Inbox::State::message);
  EXPECT_EQ(message.text, "whole");
  timespec until_it_waits{0, 200'000'000};
  nanosleep(&until_it_waits, nullptr);
  process.kill();
  for (const Message& heard : all_of(process.inbox())) EXPECT_EQ(heard, large_message());
  EXPECT_EQ(process.reap().how, "");
}

TEST(Message, EveryCutOfOneIsNothing) {
  Pipe whole;
  std::vector<std::byte> bytes(4096);
  Outbox(Descriptor(dup(whole.writing.number()))).send({Message::Kind::mark, "raid.resync"});
  ssize_t size = read(whole.reading.number(), bytes.data(), bytes.size());
  ASSERT_EQ(size, 56 + 11);
  for (ssize_t cut = 0; cut < size; ++cut) {
    Pipe torn;
    ASSERT_EQ(write(torn.writing.number(), bytes.data(), static_cast<std::size_t>(cut)), cut);
    {
      Descriptor closed = std::move(torn.writing);
    }
    Inbox inbox(std::move(torn.reading));
    EXPECT_TRUE(all_of(inbox).empty()) << cut;
  }
}

TEST(Message, CarriesLimitsAndEvents) {
  DeviceLimits limits;
  limits.sectors = Sectors(123456789);
  limits.logical_block_bytes = 4096;
  limits.atomic_write_bytes = 4096;
  limits.optimal_io_bytes = 196608;
  limits.discard_granularity_bytes = 65536;
  limits.has_volatile_cache = false;
  limits.discard_reads_zero = true;
  DeviceLimits carried = limits_of(message_of(limits));
  EXPECT_EQ(carried.sectors, limits.sectors);
  EXPECT_EQ(carried.logical_block_bytes, 4096u);
  EXPECT_EQ(carried.physical_block_bytes, 4096u);
  EXPECT_EQ(carried.atomic_write_bytes, 4096u);
  EXPECT_EQ(carried.optimal_io_bytes, 196608u);
  EXPECT_EQ(carried.discard_granularity_bytes, 65536u);
  EXPECT_FALSE(carried.has_volatile_cache);
  EXPECT_TRUE(carried.has_fua);
  EXPECT_TRUE(carried.discard_reads_zero);

  oracle::HistoryEvent event(oracle::HistoryEvent::Kind::read_ended, 77);
  event.ok = true;
  event.extent = Extent(Lba(5), Sectors(2));
  event.flags = WriteFlags(false, true);
  std::vector<oracle::Content> contents{oracle::Content::zero(), oracle::Content::written(9)};
  event.seen = contents;
  std::vector<oracle::Content> seen;
  oracle::HistoryEvent told = event_of(message_of(event), seen);
  EXPECT_EQ(told.kind, event.kind);
  EXPECT_EQ(told.id, 77u);
  EXPECT_TRUE(told.ok);
  EXPECT_EQ(told.extent, event.extent);
  EXPECT_FALSE(told.flags.fua);
  EXPECT_TRUE(told.flags.preflush);
  EXPECT_EQ(seen, contents);
}

TEST(EngineProcess, WaitsUntilItIsReleasedAndNoLongerThanItLives) {
  EngineProcess process = EngineProcess::start([](Outbox& out, int go) {
    char byte = 0;
    if (read(go, &byte, 1) == 1) out.send(Message(Message::Kind::settled));
    pause();
  });
  Message message;
  EXPECT_EQ(process.inbox().next(message, Nanoseconds::of_milliseconds(50)), Inbox::State::nothing);
  process.release();
  ASSERT_EQ(process.inbox().next(message, a_while), Inbox::State::message);
  EXPECT_EQ(message.kind, Message::Kind::settled);
  process.terminate();
  EXPECT_EQ(process.inbox().next(message, a_while), Inbox::State::ended);
  EXPECT_EQ(process.reap().how, "by signal 15 (Terminated)");
}

TEST(EngineProcess, ABrokenRuleIsItsLastWord) {
  EngineProcess process = EngineProcess::start(
      [](Outbox&, int) { check(false, "J2: the tail stays behind open stripes"); });
  std::vector<Message> heard = all_of(process.inbox());
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, Message::Kind::broken_rule);
  EXPECT_TRUE(heard[0].text.starts_with("J2: the tail stays behind open stripes ("));
  EXPECT_EQ(process.reap().how, "with exit code 1");
}

TEST(EngineProcess, ADeviceIsInUseWhileSomebodyHasItOpenedForWriting) {
  std::string path = "/var/tmp/holdfast-claim-XXXXXX";
  Descriptor made(mkstemp(path.data()));
  ASSERT_EQ(ftruncate(made.number(), 1 << 20), 0);
  std::string in_use;
  auto at_once = Nanoseconds(0);
  {
    auto reader = OpenedFile::open(path, Access::look);
    ASSERT_TRUE(reader);
    EXPECT_TRUE(wait_until_free({path}, at_once, in_use)) << "who only looks is in nobody's way";
    auto writer = OpenedFile::open(path, Access::write);
    ASSERT_TRUE(writer);
    EXPECT_FALSE(wait_until_free({path}, at_once, in_use));
    EXPECT_EQ(in_use, path);
  }
  EXPECT_TRUE(wait_until_free({path}, at_once, in_use));
  EXPECT_TRUE(wait_until_free({"/nowhere/at/all"}, at_once, in_use));
  unlink(path.c_str());
}

}  // namespace
}  // namespace holdfast::drivers
