// What crossed the ports of one run up to its finding, as far as it explains what became of one block of the volume.
//
//   C1  Nothing that happened behind the finding is in it.
//   C2  Which requests of devices carried the block is not guessed from any layout: its payload names itself, in a log as on a
//       member. Zeros do not.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oracle/payload.h"
#include "sim/failure.h"
#include "sim/onlooker.h"

namespace holdfast::drivers {

struct ClientRequest {
  oracle::HistoryEvent::Kind kind{};
  std::uint32_t id = 0;
  Extent extent;
  WriteFlags flags;
  std::uint64_t cycle = 0;
  std::uint32_t operation = 0;
  sim::TracePoint begun;
  std::optional<sim::TracePoint> ended;
  bool ok = false;

  bool writes() const;
  bool is_acked() const { return ended && ok; }
};

struct DeviceRequest {
  std::size_t device = 0;
  Command command{};
  Extent extent;
  WriteFlags flags;
  sim::TracePoint submitted;
  std::optional<sim::TracePoint> done;
  bool ok = false;
  std::size_t boot = 0;  // how often the machine had gone down
  oracle::WriteId carries = 0;  // of the block, if any
  Lba carried_at;  // on the device
};

struct WentDown {
  sim::TracePoint at;
  std::vector<sim::Fates> fates;  // by device
};

struct Seen {
  sim::TracePoint at;
  oracle::Content content;  // of the block
};

class Chronicle final : public sim::Onlooker {
 public:
  Chronicle(const sim::Failure& failure, Lba block);

  void operation_begins(std::uint64_t cycle, std::uint32_t operation) override;
  void client_request(const sim::TracePoint& at, const oracle::HistoryEvent& event) override;
  void device_request(const sim::TracePoint& at, std::size_t device,
                      const Crossing& crossing) override;
  void went_down(const sim::TracePoint& at, const std::vector<sim::Media>& media,
                 const std::vector<sim::Fates>& fates) override;
  void volume_seen(const sim::TracePoint& at, const oracle::Observation& seen) override;
  void found(const sim::TracePoint& at, const oracle::Finding& finding, bool is_declared) override;

  Lba block() const { return block_; }
  const std::vector<ClientRequest>& clients() const { return clients_; }
  const std::vector<DeviceRequest>& devices() const { return devices_; }
  const std::vector<WentDown>& downs() const { return downs_; }
  const std::vector<Seen>& seen() const { return seen_; }
  // The write of that number; null if there is none.
  const ClientRequest* write(oracle::WriteId id) const;
  // As they stood after the last crash before the finding; empty before any.
  const std::vector<sim::Media>& media() const { return media_; }
  // What a sector would hold if it were the block's.
  oracle::Content decoded(Bytes sector) const { return payload_.decode(block_, sector); }
  const std::optional<sim::TracePoint>& found_at() const { return found_at_; }

 private:
  oracle::WriteId carried_by(Pages data, Extent extent, Lba& at) const;

  const sim::Failure& failure_;
  Lba block_;
  oracle::Payload payload_;
  std::uint64_t cycle_ = 0;
  std::uint32_t operation_ = 0;
  std::vector<ClientRequest> clients_;
  std::vector<DeviceRequest> devices_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::size_t> unanswered_;  // of this boot
  std::vector<WentDown> downs_;
  std::vector<Seen> seen_;
  std::vector<sim::Media> media_;
  std::optional<sim::TracePoint> found_at_;
};

}  // namespace holdfast::drivers
