// An opened engine: the block device it exports, and what its owner may ask of it beyond I/O.
//
//   open (assembly, replay) -> running -> stop() -> closed
//
//   V1  Nothing is acked before open has returned.
//   V2  stop() makes all that was acked durable and leaves a clean mark; after it every request answers `gone`.
//   V3  A Volume that is destroyed without stop() leaves its devices as a crash of the host would.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/block/block_device.h"
#include "core/block/ports.h"

namespace holdfast {

class Volume {
 public:
  virtual ~Volume() = default;
  virtual BlockDevice& device() = 0;
  // Ends when no background work (resync, rebuild, write-out) is left that would end by itself; with an error if some is
  // left that can't go on.
  virtual Task<IoResult> settled() = 0;
  // Waits for requests in flight, then V2.
  virtual Task<IoResult> stop() = 0;
  // Numbers of the devices (index in the span given to open) that the volume no longer uses: absent, stale or failed.
  virtual std::vector<std::size_t> missing_devices() const = 0;
  // How many members it runs without, those for which no device was given included.
  virtual std::size_t missing_members() const { return missing_devices().size(); }
};

// Why a volume did not open or could not be created. Nothing was written, unless the message says so.
struct OpenError {
  enum class Kind {
    configuration,  // the spec and the devices don't fit each other
    format,  // bytes on a device are not what they must be
    // It could be opened, but acked data may be missing or wrong; says by which command to go on.
    refused,
    io,  // a device did not answer
  };
  Kind kind;
  std::string message;  // what, where (device, offset, field), what to do

  OpenError(Kind of, std::string text) : kind(of), message(std::move(text)) {}
};

using OpenResult = tl::expected<std::unique_ptr<Volume>, OpenError>;
using CreateResult = tl::expected<void, OpenError>;

// The devices in the order of the spec's device names; null where absent. They outlive the volume.
using Devices = std::span<BlockDevice* const>;

// How a world opens and creates its volume without knowing the engine (core/volume makes them from a spec).
using OpenVolume = std::function<Task<OpenResult>(Devices, Ports)>;
using CreateVolume = std::function<Task<CreateResult>(Devices, Ports)>;

}  // namespace holdfast
