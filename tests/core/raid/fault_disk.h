// Disks of memory with a cache that a power cut may lose, faults on demand, and a watch for overlapping requests; and worlds
// that boot again on them.
#pragma once
#include <gtest/gtest.h>
#include <algorithm>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>
#include "core/raid/superblock.h"
#include "core/task/event.h"
#include "core/volume/volume_spec.h"
#include "tests/core/raid/step_ports.h"
namespace holdfast::tests {
enum class Op { read, write, flush, discard, zeroes };
class Disk final : public BlockDevice {
 public:
  Disk(Executor& e, std::uint64_t bytes) : executor_(e), never_(e), bytes_(bytes), durable_(bytes) {
    limits_.sectors = Sectors::of_bytes(bytes);
    limits_.atomic_write_bytes = 4096;
    limits_.discard_granularity_bytes = 4096;
    limits_.discard_reads_zero = true;
  }
  const DeviceLimits& limits() const override { return limits_; }
  DeviceLimits limits_;
  struct Flight {
    Extent e;
    bool w;
  };
  struct Ticket {
    Disk& d;
    std::list<Flight>::iterator it;
    bool done = false;
    Ticket(Disk& disk, Extent e, bool w) : d(disk) {
      for (auto& f : d.flying)
        if ((f.w || w) && f.e.overlaps(e)) {
          ++d.overlaps;
          d.overlap_text = std::to_string(f.e.first.value) + "+" + std::to_string(f.e.count.value) +
                           " with " + std::to_string(e.first.value) + "+" +
                           std::to_string(e.count.value);
        }
      d.flying.push_back({e, w});
      it = std::prev(d.flying.end());
    }
    ~Ticket() { d.flying.erase(it); }
  };
  Task<> delay(Op op, Extent e) {
    int n = yields ? yields(op, e) : 1;
    if (n < 0 || off) co_await never_.wait();
    for (; n > 0; --n) {
      co_await executor_.yield();
      if (off) co_await never_.wait();
    }
  }
  std::optional<IoErrorKind> ill(Op op, Extent e) {
    if (is_gone) return IoErrorKind::gone;
    if (fault) return fault(op, e);
    return std::nullopt;
  }
  Task<IoResult> read(Lba first, MutablePages into) override {
    Extent e(first, Sectors::of_bytes(bytes_of(into)));
    if (auto ok = check_request(limits_, e); !ok) co_return ok;
    Ticket t(*this, e, false);
    ++reads;
    co_await delay(Op::read, e);
    if (auto k = ill(Op::read, e)) {
      for (const Slice& s : into) std::memset(s.data(), 0xEE, s.bytes);
      co_return io_error(*k, first);
    }
    for (std::uint64_t s = first.value; s < e.end().value; ++s)
      if (unreadable.contains(s)) {
        for (const Slice& sl : into) std::memset(sl.data(), 0xEE, sl.bytes);
        co_return io_error(IoErrorKind::media, Lba(s));
      }
    copy(Bytes(bytes_).subspan(Sectors(first.value).bytes(), e.count.bytes()), into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override {
    Extent e(first, Sectors::of_bytes(bytes_of(from)));
    if (auto ok = check_request(limits_, e); !ok) co_return ok;
    Ticket t(*this, e, true);
    ++writes;
    std::vector<std::byte> data(e.count.bytes());
    copy(from, MutableBytes(data));
    if (before_write) before_write(first);
    if (flags.preflush) {
      ++flushes;
      sync();
    }
    pending.push_back({first, data});
    auto id = ++next_id;
    pending.back().id = id;
    co_await delay(Op::write, e);
    auto k = ill(Op::write, e);
    if (k && *k != IoErrorKind::unsupported && land_on_error) land(first, data);
    drop_pending(id);
    if (k) co_return io_error(*k, first);
    std::memcpy(bytes_.data() + first.value * 512, data.data(), data.size());
    if (flags.fua) {
      std::memcpy(durable_.data() + first.value * 512, data.data(), data.size());
      supersede(first, data);
    } else
      cache.push_back({first, data});
    for (std::uint64_t i = 0; i < e.count.value; ++i) unreadable.erase(first.value + i);
    co_return IoResult{};
  }
  Task<IoResult> flush() override {
    ++flushes;
    std::size_t n = cache.size();
    std::size_t base = cache_base;
    co_await delay(Op::flush, Extent(Lba(0), Sectors(0)));
    if (auto k = ill(Op::flush, {})) co_return io_error(*k, Lba(0));
    std::size_t gone_already = cache_base - base;
    if (n > gone_already) sync(n - gone_already);
    co_return IoResult{};
  }
  Task<IoResult> discard(Extent e) override {
    if (auto k = fault ? fault(Op::discard, e) : std::nullopt) co_return io_error(*k, e.first);
    SliceList z = zero_slices(e.count.bytes());
    auto done = co_await write(e.first, z, WriteFlags());
    co_return done;
  }
  Task<IoResult> write_zeroes(Extent e, WriteFlags f) override {
    if (auto k = fault ? fault(Op::zeroes, e) : std::nullopt) co_return io_error(*k, e.first);
    SliceList z = zero_slices(e.count.bytes());
    auto done = co_await write(e.first, z, f);
    co_return done;
  }
  void sync(std::size_t n = ~std::size_t{0}) {
    n = std::min(n, cache.size());
    for (std::size_t i = 0; i < n; ++i)
      std::memcpy(durable_.data() + cache[i].first.value * 512, cache[i].data.data(),
                  cache[i].data.size());
    cache.erase(cache.begin(), cache.begin() + static_cast<long>(n));
    cache_base += n;
  }
  struct W {
    Lba first;
    std::vector<std::byte> data;
    std::uint64_t id = 0;
  };
  void land(Lba first, const std::vector<std::byte>& data) {
    std::memcpy(bytes_.data() + first.value * 512, data.data(), data.size());
  }
  void supersede(Lba first,
                 const std::vector<std::byte>& data) {  // older cached versions never return
    for (W& w : cache)
      for (std::size_t i = 0; i < w.data.size() / 512; ++i) {
        std::uint64_t s = w.first.value + i;
        if (s >= first.value && s < first.value + data.size() / 512)
          std::memcpy(&w.data[i * 512], &data[(s - first.value) * 512], 512);
      }
  }
  void drop_pending(std::uint64_t id) {
    std::erase_if(pending, [&](auto& w) { return w.id == id; });
  }
  // sector-granular loss of anything not durable. FUA-superseded older cache entries: kept out by per-sector compare with the newest id is ignored (older may return) -> so only apply entries if not FUA'd since: approximated by ordering below.
  void power_cut(std::mt19937& rnd) {
    auto some = [&](W& w) {
      unsigned mode = rnd() % 3;
      for (std::size_t s = 0; s < w.data.size() / 512; s += 8) {  // 4 KiB fragments
        if (mode == 0 || (mode == 2 && rnd() % 2)) continue;
        std::size_t n = std::min<std::size_t>(4096, w.data.size() - s * 512);
        std::memcpy(durable_.data() + (w.first.value + s) * 512, w.data.data() + s * 512, n);
      }
    };
    for (W& w : cache) some(w);
    for (W& w : pending) some(w);
    cache.clear();
    pending.clear();
    bytes_ = durable_;
  }
  std::vector<std::byte>& bytes() { return bytes_; }
  void all_durable() {
    cache.clear();
    pending.clear();
    durable_ = bytes_;
  }
  std::set<std::uint64_t> unreadable;
  bool is_gone = false, off = false, land_on_error = false;
  std::function<void(Lba)> before_write;
  std::function<int(Op, Extent)> yields;
  std::function<std::optional<IoErrorKind>(Op, Extent)> fault;
  int reads = 0, writes = 0, flushes = 0, overlaps = 0;
  std::string overlap_text;
  std::list<Flight> flying;
  std::vector<W> cache, pending;
  std::size_t cache_base = 0;
  std::uint64_t next_id = 0;

 private:
  Executor& executor_;
  Event never_;

 public:
  std::vector<std::byte> bytes_, durable_;
};
// One world on disks; its executor may be thrown away (power) and a new one made.
class World {
 public:
  World(RaidSpec spec, std::uint64_t member_bytes)
      : spec_(std::move(spec)), member_bytes_(member_bytes) {
    for (auto& n : device_names(VolumeSpec{spec_})) {
      (void)n;
      images.emplace_back(member_bytes);
    }
    boot();
  }
  ~World() { halt(); }
  static RaidSpec spec(int level, std::string layout, int members, std::uint64_t chunk) {
    RaidSpec s;
    s.level = level;
    s.layout = std::move(layout);
    s.chunk_bytes = chunk;
    for (int i = 0; i < members; ++i) s.members.push_back("m" + std::to_string(i));
    return s;
  }
  void boot() {
    executor_ = std::make_unique<Executor>();
    clock_ = std::make_unique<StepClock>(*executor_);
    for (auto& image : images) {
      disks.push_back(std::make_unique<Disk>(*executor_, member_bytes_));
      disks.back()->bytes_ = disks.back()->durable_ = image;
      if (shape_limits) shape_limits(disks.back()->limits_);
    }
  }
  // Power: everything in the world ends. keep: what is in bytes_ now is on the disks (host crash), else subset.
  void halt() {
    if (!executor_) return;
    executor_->stop();
    volume_.reset();
    for (std::size_t i = 0; i < disks.size(); ++i) images[i] = disks[i]->bytes_;
    disks.clear();
    clock_.reset();
    executor_.reset();
  }
  void host_crash() {
    halt();
    boot();
  }
  void power_cut(std::mt19937& rnd) {
    executor_->stop();
    for (auto& d : disks) d->power_cut(rnd);
    halt();
    boot();
  }
  template <class T>
  std::optional<T> try_run(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    executor_->spawn(keep(std::move(task), result));
    executor_->run_ready();
    while (!*result && clock_->step()) {
    }
    return std::move(*result);
  }
  template <class T>
  T run(Task<T> task) {
    auto r = try_run(std::move(task));
    if (!r) {
      ADD_FAILURE() << "stuck";
      std::abort();
    }
    return std::move(*r);
  }
  void create() {
    auto c = run(creator_of(VolumeSpec{spec_}, {})(devices(), ports()));
    ASSERT_TRUE(c) << c.error().message;
    for (auto& d : disks) d->all_durable();
  }
  tl::expected<void, OpenError> open(std::set<std::size_t> absent = {}) {
    auto o = run(opener_of(VolumeSpec{spec_})(devices(absent), ports()));
    if (!o) return tl::unexpected<OpenError>(o.error());
    volume_ = std::move(*o);
    return {};
  }
  void open_whole(std::set<std::size_t> absent = {}) {
    auto o = open(std::move(absent));
    ASSERT_TRUE(o) << o.error().message;
    ASSERT_TRUE(run(volume_->settled()));
  }
  IoResult stop() {
    IoResult s = run(volume_->stop());
    volume_.reset();
    return s;
  }
  BlockDevice& device() { return volume_->device(); }
  Volume& volume() { return *volume_; }
  IoResult write(std::uint64_t sector, const std::vector<std::byte>& data, WriteFlags f = {}) {
    SliceList s = allocate_slices(data.size());
    copy(Bytes(data), s);
    return run(device().write(Lba(sector), s, f));
  }
  tl::expected<std::vector<std::byte>, IoError> read(std::uint64_t sector, std::uint64_t n) {
    SliceList s = allocate_slices(n);
    IoResult done = run(device().read(Lba(sector), s));
    if (!done) return tl::unexpected<IoError>(done.error());
    std::vector<std::byte> data(n);
    copy(Pages(s), MutableBytes(data));
    return data;
  }
  Devices devices(const std::set<std::size_t>& absent = {}) {
    given_.clear();
    for (std::size_t i = 0; i < disks.size(); ++i)
      given_.push_back(absent.contains(i) ? nullptr : disks[i].get());
    return given_;
  }
  raid::Superblock superblock(std::size_t d) {
    return raid::decode_superblock(Bytes(disks[d]->bytes_).subspan(4096, 4096),
                                   raid::MetadataVersion::v1_2, Sectors::of_bytes(member_bytes_))
        .value()
        .value();
  }
  void put_superblock(std::size_t d, const raid::Superblock& s) {
    raid::encode_superblock(s, MutableBytes(disks[d]->bytes_).subspan(4096, 4096));
    disks[d]->all_durable();
  }
  Ports ports() { return {*executor_, *clock_, entropy_, marks}; }
  RaidSpec& raid() { return spec_; }
  Executor& executor() { return *executor_; }
  StepClock& clock() { return *clock_; }
  std::function<void(DeviceLimits&)> shape_limits;
  std::vector<std::vector<std::byte>> images;
  std::vector<std::unique_ptr<Disk>> disks;
  MarkBook marks;
  template <class T>
  static Task<> keep(Task<T> task, std::shared_ptr<std::optional<T>> result) {
    auto value = co_await std::move(task);
    result->emplace(std::move(value));
  }
  std::unique_ptr<Volume> volume_;

 private:
  RaidSpec spec_;
  std::uint64_t member_bytes_;
  std::vector<BlockDevice*> given_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<StepClock> clock_;
  CountingEntropy entropy_;
};
}  // namespace holdfast::tests
