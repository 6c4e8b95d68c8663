#include "drivers/posix/reactor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "core/base/page.h"
#include "tests/drivers/reactors.h"
#include "tests/drivers/scripted_reactor.h"

namespace holdfast::drivers {
namespace {

constexpr int no_file = -1;

Task<> ask(Reactor& reactor, SystemCall call, std::vector<std::int64_t>& answers) {
  auto answer = co_await reactor.carry_out(call);
  answers.push_back(answer);
}

std::int64_t offset_as_answer(const SystemCall& call) {
  return static_cast<std::int64_t>(call.offset());
}

class ScriptedReactorTest : public testing::Test {
 protected:
  void TearDown() override { executor_.stop(); }

  void ask_at(std::uint64_t offset) {
    executor_.spawn(
        ask(reactor_, SystemCall::on_range(SystemCall::Operation::punch_hole, no_file, offset, 512),
            answers_));
  }
  void turn() {
    executor_.run_ready();
    reactor_.turn(executor_, Nanoseconds(0));
    executor_.run_ready();
  }

  ScriptedReactor reactor_;
  std::vector<std::int64_t> answers_;
  Executor executor_;
};

TEST_F(ScriptedReactorTest, CallsWithoutRoomWaitInLineAndNoneIsLost) {
  reactor_.room = 2;
  reactor_.ends_at_once = 1;
  reactor_.answer = offset_as_answer;
  for (std::uint64_t offset : {1, 2, 3, 4, 5}) ask_at(offset);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(i == 0 || reactor_.is_busy());
    turn();
    EXPECT_LE(reactor_.begun_now(), 2u);
  }
  EXPECT_FALSE(reactor_.is_busy());
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{2, 3, 4, 5, 1}));
}

TEST_F(ScriptedReactorTest, WhoseCallEndsIsMadeReadyAndNotResumed) {
  reactor_.answer = offset_as_answer;
  ask_at(7);
  executor_.run_ready();
  reactor_.turn(executor_, Nanoseconds(0));
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(executor_.has_ready());
  executor_.run_ready();
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{7}));
}

TEST_F(ScriptedReactorTest, InterruptedTransfersAreAskedForAgainAsOftenAsItTakes) {
  iovec memory{};
  int interruptions = 0;
  reactor_.answer = [&](const SystemCall&) -> std::int64_t {
    return ++interruptions < 5 ? -EINTR : 1;
  };
  executor_.spawn(ask(reactor_, SystemCall::read(no_file, {&memory, 1}, 0), answers_));
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(reactor_.seen.size(), 5u);
}

TEST_F(ScriptedReactorTest, AnInterruptedSyncIsAFailedOne) {
  reactor_.answer = [](const SystemCall&) -> std::int64_t { return -EINTR; };
  executor_.spawn(ask(reactor_, SystemCall::sync(no_file), answers_));
  turn();
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{-EINTR}));
}

TEST_F(ScriptedReactorTest, ACallThatWouldBlockMayBlockTheNextTimeAndThenItsAnswerCounts) {
  reactor_.answer = [](const SystemCall&) -> std::int64_t { return -EAGAIN; };
  ask_at(1);
  turn();
  EXPECT_TRUE(answers_.empty());
  turn();
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{-EAGAIN}));
  EXPECT_EQ(reactor_.seen.size(), 2u);
}

TEST_F(ScriptedReactorTest, DestroyingQueuedCallsForgetsThemAndBegunOnesAreWaitedFor) {
  reactor_.room = 2;
  reactor_.ends_at_once = 1;
  for (std::uint64_t offset : {1, 2, 3, 4}) ask_at(offset);
  executor_.run_ready();
  reactor_.answer = [](const SystemCall& call) -> std::int64_t {
    ADD_FAILURE_AT(__FILE__, __LINE__) << "before its turn: " << call.offset();
    return 0;
  };
  reactor_.ends_at_once = 0;
  reactor_.turn(executor_, Nanoseconds(0));
  EXPECT_EQ(reactor_.begun_now(), 2u);
  std::vector<std::uint64_t> ended;
  reactor_.ends_at_once = 1;
  reactor_.answer = [&](const SystemCall& call) -> std::int64_t {
    ended.push_back(call.offset());
    return 0;
  };
  executor_.stop();
  EXPECT_EQ(ended, (std::vector<std::uint64_t>{2, 1}));
  EXPECT_FALSE(reactor_.is_busy());
  EXPECT_TRUE(answers_.empty());
}

// Both kinds, with room and without, on a file in the build's folder for temporary files.
class ReactorTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr std::size_t blocks = 64;

  void SetUp() override {
    HOLDFAST_SKIP_WITHOUT_URING(GetParam());
    reactor_ = make_reactor(GetParam());
    std::string path = "/var/tmp/holdfast-reactor-XXXXXX";
    file_ = Descriptor(mkstemp(path.data()));
    ASSERT_TRUE(file_.is_open());
    unlink(path.c_str());
  }
  void TearDown() override { executor_.stop(); }

  SystemCall write_block(std::size_t block) {
    pages_[block] = Page::allocate();
    std::ranges::fill(pages_[block].bytes(), static_cast<std::byte>(block + 1));
    vectors_[block] = iovec{pages_[block].data(), page_bytes};
    return SystemCall::write(file_.number(), {&vectors_[block], 1}, block * page_bytes, false);
  }
  bool stands_in_the_file(std::size_t block) {
    std::array<std::byte, page_bytes> bytes{};
    return pread(file_.number(), bytes.data(), page_bytes,
                 static_cast<off_t>(block * page_bytes)) == page_bytes &&
           std::ranges::equal(bytes, pages_[block].bytes());
  }
  void turn_until_idle() {
    do {
      executor_.run_ready();
      reactor_->turn(executor_, Nanoseconds::of_milliseconds(1000));
      executor_.run_ready();
    } while (reactor_->is_busy());
  }

  std::unique_ptr<Reactor> reactor_;
  Descriptor file_;
  std::array<Page, blocks> pages_;
  std::array<iovec, blocks> vectors_{};
  std::vector<std::int64_t> answers_;
  Executor executor_;
};

TEST_P(ReactorTest, ManyCallsAtOnceAllEnd) {
  for (std::size_t block = 0; block < blocks; ++block)
    executor_.spawn(ask(*reactor_, write_block(block), answers_));
  turn_until_idle();
  EXPECT_EQ(answers_, std::vector<std::int64_t>(blocks, page_bytes));
  for (std::size_t block = 0; block < blocks; ++block) EXPECT_TRUE(stands_in_the_file(block));
}

TEST_P(ReactorTest, TheKernelsErrorIsTheAnswer) {
  iovec nowhere{nullptr, page_bytes};
  executor_.spawn(ask(*reactor_, SystemCall::sync(no_file), answers_));
  turn_until_idle();
  executor_.spawn(ask(*reactor_, SystemCall::read(file_.number(), {&nowhere, 1}, 0), answers_));
  turn_until_idle();
  EXPECT_EQ(answers_[0], -EBADF);
  EXPECT_LE(answers_[1], 0) << "-EFAULT, or nothing to read there";
}

TEST_P(ReactorTest, EveryOperationDoesWhatItsNameSays) {
  for (std::size_t block = 0; block < 4; ++block)
    executor_.spawn(ask(*reactor_, write_block(block), answers_));
  turn_until_idle();
  using enum SystemCall::Operation;
  int file = file_.number();
  for (auto call :
       {SystemCall::sync(file), SystemCall::on_range(punch_hole, file, page_bytes, page_bytes),
        SystemCall::on_range(zero_range, file, 0, page_bytes)}) {
    answers_.clear();
    executor_.spawn(ask(*reactor_, call, answers_));
    turn_until_idle();
    ASSERT_EQ(answers_.size(), 1u);
    if (answers_[0] == -EOPNOTSUPP) GTEST_SKIP() << "not on this file system";
    EXPECT_EQ(answers_[0], 0);
  }
  answers_.clear();
  executor_.spawn(ask(*reactor_, SystemCall::on_range(discard, file, 0, page_bytes), answers_));
  turn_until_idle();
  EXPECT_EQ(answers_, (std::vector<std::int64_t>{-ENOTTY})) << "a file is no device";
  for (std::size_t block : {0u, 1u}) {
    std::ranges::fill(pages_[block].bytes(), std::byte{0});
    EXPECT_TRUE(stands_in_the_file(block));
  }
  for (std::size_t block : {2u, 3u}) EXPECT_TRUE(stands_in_the_file(block));
}

TEST_P(ReactorTest, WhatIsDestroyedInFlightHasReachedTheFileBefore) {
  for (std::size_t block = 0; block < blocks; ++block)
    executor_.spawn(ask(*reactor_, write_block(block), answers_));
  executor_.run_ready();
  reactor_->turn(executor_, Nanoseconds(0));
  executor_.stop();
  EXPECT_FALSE(reactor_->is_busy());
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(stands_in_the_file(0)) << "it was begun: there is always room for one";
  std::size_t present = 0;
  while (present < blocks && stands_in_the_file(present)) ++present;
  for (std::size_t block = present; block < blocks; ++block)
    EXPECT_FALSE(stands_in_the_file(block)) << "begun in the order of coming";
}

TEST_P(ReactorTest, WaitingForNothingEndsWithItsTime) {
  reactor_->turn(executor_, Nanoseconds::of_milliseconds(1));
  EXPECT_FALSE(executor_.has_ready());
}

INSTANTIATE_TEST_SUITE_P(Of, ReactorTest, testing::ValuesIn(reactor_names),
                         [](const auto& of) { return std::string(of.param); });

// What a container does.
void forbid_io_uring() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

TEST(RingDeathTest, WhereTheSystemRefusesItSaysSo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto open_without = [] {
    forbid_io_uring();
    auto ring = Ring::open();
    if (!ring) fputs(ring.error().c_str(), stderr);
    _exit(ring ? 1 : 0);
  };
  EXPECT_EXIT(open_without(), testing::ExitedWithCode(0), "no io_uring: Operation not permitted");
}

// The read has been begun and finds the pipe empty; its memory is the kernel's until it has ended.
TEST(Ring, MemoryIsNotLetGoWhileTheKernelMayWriteToIt) {
  HOLDFAST_SKIP_WITHOUT_URING("uring");
  auto ring = make_reactor("uring");
  int ends[2] = {};
  ASSERT_EQ(pipe(ends), 0);
  Descriptor out(ends[0]), in(ends[1]);
  std::array<char, 8> bytes{};
  iovec memory{bytes.data(), bytes.size()};
  std::vector<std::int64_t> answers;
  Executor executor;
  executor.spawn(ask(*ring, SystemCall::read(out.number(), {&memory, 1}, 0), answers));
  executor.run_ready();
  ring->turn(executor, Nanoseconds(0));
  ASSERT_TRUE(ring->is_busy());
  ASSERT_EQ(write(in.number(), "arrived", 8), 8);
  executor.stop();
  EXPECT_STREQ(bytes.data(), "arrived");
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace holdfast::drivers
