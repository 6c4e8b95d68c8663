// Why a block shows what it shows: which write had to be durable, what carried it to the devices, which flush was missing, and
// what stands there now.
//
//   Derived from what crossed the ports (Chronicle), never from the engine.
#pragma once

#include "drivers/cli/failures/chronicle.h"
#include "reports/replay.h"

namespace holdfast::drivers {

// `world` is the one that ran; `events`: all of its events without the choices between them.
class Explaining {
 public:
  Explaining(const Chronicle& chronicle, const sim::WorldSpec& world,
             const std::vector<sim::TraceEvent>& events);

  reports::Explanation of(const oracle::Finding& finding) const;
  reports::BlockHistory block() const;
  // What clients did up to the finding, one request a line, crashes and recoveries between them.
  std::vector<std::string> operations() const;
  // Events up to a number, each with its number and flags.
  std::vector<std::string> events_until(std::uint64_t last) const;

 private:
  std::string name(std::size_t device) const { return names_[device]; }
  std::string event_text(std::uint64_t number) const;
  std::string moment(const sim::TracePoint& at) const;
  std::string request_text(const ClientRequest& request) const;
  std::string durability_of(const ClientRequest& write) const;
  std::string down_text(std::size_t number) const;
  std::string carrier_text(const DeviceRequest& request, bool& is_durable) const;
  const DeviceRequest* flush_after(const DeviceRequest& request) const;
  std::string fate_of(const DeviceRequest& request) const;
  bool still_holds(const DeviceRequest& request) const;
  std::vector<std::string> life_of(oracle::WriteId write, bool is_expected) const;
  std::vector<std::string> places() const;
  std::vector<reports::DeviceHistory> last_events() const;

  const Chronicle& chronicle_;
  const sim::WorldSpec& world_;
  const std::vector<sim::TraceEvent>& events_;
  std::vector<std::string> names_;
};

}  // namespace holdfast::drivers
