#include "oracle/allowed.h"

#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "tests/oracle/scene.h"

namespace holdfast::oracle {
namespace {

// The words of the definition over a plain list of what happened to one sector, without any index or short cut.
struct Told {
  enum class Kind { write, zeroes, flush, read };
  Kind kind;
  int begin = 0;
  int end = 0;  // 0: none, or an error
  bool fua = false;
  bool preflush = false;
  WriteId id = 0;
  Content returned;

  bool writes() const { return kind == Kind::write || kind == Kind::zeroes; }
  Content value() const { return kind == Kind::write ? Content::written(id) : Content::zero(); }
};

class ByDefinition {
 public:
  std::vector<Told> told;
  bool power_was_cut = true;
  Content initial;

  bool must(const Told& w) const {
    if (w.end == 0) return false;
    if (w.fua || !power_was_cut) return true;
    for (const Told& flush : told) {
      bool flushes = flush.kind == Told::Kind::flush || (flush.writes() && flush.preflush);
      if (flushes && flush.end != 0 && w.end < flush.begin) return true;
    }
    return false;
  }

  bool allows(Content seen) const {
    bool initial_is_out = false;
    for (const Told& m : told)
      if (m.writes() && must(m)) initial_is_out = true;
    if (seen == initial && !initial_is_out) return true;
    for (const Told& w : told)
      if (w.writes() && w.value() == seen && !is_out(w)) return true;
    return false;
  }

 private:
  bool is_out(const Told& w) const {
    if (w.end == 0) return false;
    for (const Told& m : told) {
      if (&m == &w || !m.writes() || !must(m)) continue;
      if (m.begin > w.end) return true;
      for (const Told& read : told)
        if (read.kind == Told::Kind::read && read.end != 0 && read.begin > w.end &&
            read.begin > m.end && only_source(read.returned) == &m)
          return true;
    }
    return false;
  }
  const Told* only_source(Content value) const {
    const Told* source = nullptr;
    if (value == initial) return nullptr;
    for (const Told& w : told) {
      if (!w.writes() || w.value() != value) continue;
      if (source) return nullptr;
      source = &w;
    }
    return source;
  }
};

// A few overlapping requests to sector 3, each told to the history and to the list.
class RandomStory {
 public:
  RandomStory(Scene& scene, ByDefinition& list, std::mt19937_64& random)
      : scene_(scene), list_(list), random_(random) {
    list_.initial = scene.history.baseline(Lba(3));
    for (int step = 0; step < 12; ++step) random_() % 2 ? begin() : end();
  }

 private:
  bool chance(unsigned of) { return random_() % of == 0; }

  void begin() {
    Told told;
    told.kind = static_cast<Told::Kind>(random_() % 4);
    told.begin = ++clock_;
    WriteFlags flags(chance(4), chance(6));
    told.fua = told.writes() && flags.fua;
    told.preflush = told.writes() && flags.preflush;
    switch (told.kind) {
      case Told::Kind::write:
        handle_ = told.id = scene_.history.begin_write(Scene::at(3), flags);
        break;
      case Told::Kind::zeroes:
        handle_ = told.id = scene_.history.begin_write_zeroes(Scene::at(3), flags);
        break;
      case Told::Kind::flush: handle_ = scene_.history.begin_flush(); break;
      case Told::Kind::read: handle_ = scene_.history.begin_read(Scene::at(3)); break;
    }
    open_.emplace_back(list_.told.size(), handle_);
    list_.told.push_back(told);
  }

  void end() {
    if (open_.empty()) return;
    std::size_t which = random_() % open_.size();
    auto [number, handle] = open_[which];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
    Told& told = list_.told[number];
    bool ok = !chance(6);
    ++clock_;
    if (told.writes()) scene_.history.end_write(handle, ok);
    if (told.kind == Told::Kind::flush) scene_.history.end_flush(handle, ok);
    if (told.kind == Told::Kind::read) {
      std::size_t source = random_() % list_.told.size();
      told.returned = list_.told[source].writes() ? list_.told[source].value() : list_.initial;
      scene_.history.end_read(handle, std::vector<Content>{told.returned});
    }
    if (ok || told.kind == Told::Kind::read) told.end = clock_;
  }

  Scene& scene_;
  ByDefinition& list_;
  std::mt19937_64& random_;
  std::uint32_t handle_ = 0;
  int clock_ = 0;
  std::vector<std::pair<std::size_t, std::uint32_t>> open_;
};

TEST(Allowed, AgreesWithTheDefinition) {
  std::mt19937_64 random(3);
  unsigned allowed = 0, ruled_out = 0;
  for (int i = 0; i < 20'000; ++i) {
    Scene scene;
    if (i % 2) (void)scene.cut({{3, foreign()}});  // an initial value that no zeroes write can make
    ByDefinition list;
    RandomStory story(scene, list, random);
    list.power_was_cut = i % 5 != 0;
    scene.history.crash(list.power_was_cut ? Crash::power : Crash::host);
    Allowed by_judge(scene.history, scene.profile, Lba(3));
    std::vector<Content> candidates{list.initial, zeros(), foreign(55)};
    for (const Told& told : list.told)
      if (told.writes()) candidates.push_back(told.value());
    for (Content candidate : candidates) {
      bool expected = list.allows(candidate);
      ++(expected ? allowed : ruled_out);
      ASSERT_EQ(by_judge.contains(candidate), expected)
          << "story " << i << ", " << candidate.text();
    }
  }
  EXPECT_GT(allowed, 20'000u);
  EXPECT_GT(ruled_out, 20'000u);
}

// A legal disk with a volatile cache, in the plainest form: a write takes effect at some instant between its begin and
// its end, a flush keeps what had ended before it began, a cut drops any of the rest.
class LegalDisk {
 public:
  LegalDisk(Scene& scene, std::mt19937_64& random) : scene_(scene), random_(random) {
    for (Lba lba; lba < Lba(sectors); lba += Sectors(1))
      durable_.push_back(scene.history.baseline(lba));
    shown_ = durable_;
  }

  void step() {
    switch (random_() % 3) {
      case 0: begin(); break;
      case 1:
        if (!open_.empty()) apply(open_[random_() % open_.size()]);
        break;
      case 2:
        if (!open_.empty()) end(random_() % open_.size());
        break;
    }
  }

  std::map<std::uint64_t, Content> cut() {
    std::vector<Content> left = durable_;
    for (const Version& version : versions_)
      for (const auto& [lba, value] : version.values)
        if (version.is_atomic ? version.coin : random_() % 2) left[lba] = value;
    for (Request& request : open_)
      if (!request.is_applied && request.writes && random_() % 2)
        for (const auto& [lba, value] : request.values) left[lba] = value;
    std::map<std::uint64_t, Content> seen;
    for (std::uint64_t lba = 0; lba < sectors; ++lba) seen[lba] = left[lba];
    return seen;
  }

  static constexpr std::uint64_t sectors = 16;

 private:
  using Values = std::vector<std::pair<std::uint64_t, Content>>;
  struct Request {
    enum class Kind { write, flush, read } kind = Kind::write;
    std::uint32_t handle = 0;
    Extent extent;
    Values values;  // written, or seen
    std::vector<std::uint32_t> flushes;  // writes that had completed when it was submitted
    bool writes = false;
    bool fua = false;
    bool preflush = false;
    bool is_applied = false;
  };
  struct Version {
    std::uint32_t handle;
    Values values;
    bool is_atomic;
    bool coin;
    bool is_completed = false;
  };

  void begin() {
    Request request;
    std::uint64_t first = random_() % sectors;
    request.extent = Scene::at(first, 1 + random_() % std::min<std::uint64_t>(4, sectors - first));
    switch (random_() % 4) {
      case 0:
        request.kind = Request::Kind::flush;
        request.handle = scene_.history.begin_flush();
        break;
      case 1:
        request.kind = Request::Kind::read;
        request.handle = scene_.history.begin_read(request.extent);
        break;
      default: begin_write(request);
    }
    if (request.kind == Request::Kind::flush || request.preflush)
      for (const Version& version : versions_)
        if (version.is_completed) request.flushes.push_back(version.handle);
    open_.push_back(request);
  }

  void begin_write(Request& request) {
    request.writes = true;
    request.fua = random_() % 4 == 0;
    request.preflush = random_() % 6 == 0;
    WriteFlags flags(request.fua, request.preflush);
    bool is_zeroes = random_() % 4 == 0;
    request.handle = is_zeroes ? scene_.history.begin_write_zeroes(request.extent, flags)
                               : scene_.history.begin_write(request.extent, flags);
    for (std::uint64_t i = 0; i < request.extent.count.value; ++i)
      request.values.emplace_back(request.extent.first.value + i,
                                  is_zeroes ? zeros() : wrote(request.handle));
  }

  void apply(Request& request) {
    if (request.is_applied) return;
    request.is_applied = true;
    if (request.kind == Request::Kind::read)
      for (std::uint64_t i = 0; i < request.extent.count.value; ++i)
        request.values.emplace_back(request.extent.first.value + i,
                                    shown_[request.extent.first.value + i]);
    if (!request.writes) return;
    bool is_atomic = is_atomic_extent(request.extent);
    for (const auto& [lba, value] : request.values) shown_[lba] = value;
    versions_.push_back({request.handle, request.values, is_atomic, random_() % 2 == 0});
  }

  bool is_atomic_extent(Extent extent) const {
    std::uint64_t unit = scene_.profile.atomic_write_bytes / sector_bytes;
    return extent.first.value / unit == (extent.end().value - 1) / unit;
  }

  void end(std::size_t which) {
    Request request = open_[which];
    if (!request.is_applied) apply(request);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
    for (std::uint32_t handle : request.flushes) keep(handle);
    for (Version& version : versions_)
      if (request.writes && version.handle == request.handle) version.is_completed = true;
    if (request.fua) keep(request.handle);
    if (request.kind == Request::Kind::flush) scene_.history.end_flush(request.handle, true);
    if (request.writes) scene_.history.end_write(request.handle, true);
    if (request.kind != Request::Kind::read) return;
    std::vector<Content> seen;
    for (const auto& [lba, value] : request.values) seen.push_back(value);
    scene_.history.end_read(request.handle, seen);
  }

  // What stood below it on the same sectors never comes back.
  void keep(std::uint32_t handle) {
    auto found = std::find_if(versions_.begin(), versions_.end(),
                              [&](const Version& v) { return v.handle == handle; });
    if (found == versions_.end()) return;
    for (const auto& [lba, value] : found->values) {
      durable_[lba] = value;
      for (auto below = versions_.begin(); below != found; ++below)
        std::erase_if(below->values, [at = lba](const auto& pair) { return pair.first == at; });
    }
    versions_.erase(found);
  }

  Scene& scene_;
  std::mt19937_64& random_;
  std::vector<Content> durable_;
  std::vector<Content> shown_;
  std::vector<Version> versions_;  // in order of effect
  std::vector<Request> open_;
};

TEST(Judge, NeverCallsALegalDiskWrong) {
  std::mt19937_64 random(4);
  for (int run = 0; run < 4'000; ++run) {
    Profile profile = plain_profile(LegalDisk::sectors);
    if (run % 2) profile.atomic_write_bytes = 4096;
    Scene scene(profile);
    for (int epoch = 0; epoch < 3; ++epoch) {
      LegalDisk disk(scene, random);
      for (int step = 0; step < 60; ++step) disk.step();
      Judgement judgement = scene.cut(disk.cut());
      ASSERT_EQ(told(judgement), "held")
          << "run " << run << ", epoch " << epoch << ": " << judgement.findings[0].story;
    }
  }
}

}  // namespace
}  // namespace holdfast::oracle
