// A hand-made history of one small volume, and what it showed afterwards.
#pragma once

#include <map>
#include <vector>

#include "oracle/judge.h"

namespace holdfast::oracle {

inline Profile plain_profile(std::uint64_t sectors) {
  Profile profile;
  profile.sectors = Sectors(sectors);
  return profile;
}

class Scene {
 public:
  explicit Scene(const Profile& with = plain_profile(16))
      : profile(with), history(7, profile), judge(history, profile) {
    Observation zeros(history.payload(), profile.sectors);
    for (Lba lba; lba < Lba(profile.sectors.value); lba += Sectors(1))
      zeros.add(lba, Content::zero());
    history.learn(zeros);
  }

  static Extent at(std::uint64_t lba, std::uint64_t count = 1) {
    return Extent(Lba(lba), Sectors(count));
  }

  WriteId write(Extent extent, WriteFlags flags = {}) {
    WriteId id = history.begin_write(extent, flags);
    history.end_write(id, true);
    return id;
  }
  WriteId unacked_write(Extent extent, WriteFlags flags = {}) {
    return history.begin_write(extent, flags);
  }
  WriteId failed_write(Extent extent, WriteFlags flags = {}) {
    WriteId id = history.begin_write(extent, flags);
    history.end_write(id, false);
    return id;
  }
  WriteId zeroes(Extent extent, WriteFlags flags = {}) {
    WriteId id = history.begin_write_zeroes(extent, flags);
    history.end_write(id, true);
    return id;
  }
  WriteId discard(Extent extent) {
    WriteId id = history.begin_discard(extent);
    history.end_write(id, true);
    return id;
  }
  void flush(bool ok = true) { history.end_flush(history.begin_flush(), ok); }
  void read(std::uint64_t lba, Content seen) {
    history.end_read(history.begin_read(at(lba)), std::vector<Content>{seen});
  }

  // What the last recovery showed, but for the given sectors.
  Observation shows(const std::map<std::uint64_t, Content>& changed) const {
    Observation seen(history.payload(), profile.sectors);
    for (Lba lba; lba < Lba(profile.sectors.value); lba += Sectors(1)) {
      auto found = changed.find(lba.value);
      seen.add(lba, found == changed.end() ? history.baseline(lba) : found->second);
    }
    return seen;
  }
  Judgement recovers(const std::map<std::uint64_t, Content>& changed, const Opening& opening = {}) {
    Judgement judgement;
    judge.recovery(shows(changed), opening, judgement);
    return judgement;
  }
  Judgement cut(const std::map<std::uint64_t, Content>& changed, const Opening& opening = {}) {
    history.crash(Crash::power);
    return recovers(changed, opening);
  }
  Judgement host_crash(const std::map<std::uint64_t, Content>& changed,
                       const Opening& opening = {}) {
    history.crash(Crash::host);
    return recovers(changed, opening);
  }
  Judgement live(const Opening& now = {}) {
    Judgement judgement;
    judge.live_reads(now, judgement);
    return judgement;
  }

  Profile profile;
  History history;
  Judge judge;
};

inline Content wrote(WriteId id) { return Content::written(id); }
inline Content zeros() { return Content::zero(); }
inline Content foreign(std::uint64_t hash = 99) {
  return Content::hashed(Content::Kind::foreign, hash);
}

// "lost_durable R1" of the only finding, "held", or all of them.
inline std::string told(const Judgement& judgement) {
  std::string text;
  for (const Finding& finding : judgement.findings)
    text += (text.empty() ? "" : ", ") + std::string(name_of(finding.verdict)) + " " +
            std::string(finding.rule);
  return text.empty() ? "held" : text;
}

}  // namespace holdfast::oracle
