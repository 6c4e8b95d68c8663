#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "core/raid/superblock.h"
#include "drivers/cli/command.h"
#include "drivers/cli/device_set.h"
#include "drivers/cli/document.h"
#include "drivers/cli/examination.h"
#include "drivers/cli/io_choice.h"
#include "drivers/cli/narrator.h"
#include "drivers/cli/recognition.h"
#include "drivers/cli/volume_argument.h"

namespace holdfast::drivers {
namespace {

struct CreateCommandOptions {
  std::string volume;
  std::vector<std::string> overwrite;
  IoChoice io;
};

// A device by its name in the volume file or by its path.
bool is_named(const std::vector<std::string>& names, const NamedPath& device) {
  return std::ranges::find(names, device.name) != names.end() ||
         std::ranges::find(names, device.path) != names.end();
}

bool know_all(const std::vector<std::string>& overwrite, const std::vector<NamedPath>& devices,
              Console& console) {
  for (const std::string& name : overwrite) {
    bool is_known = std::ranges::any_of(devices, [&](const NamedPath& device) {
      return device.name == name || device.path == name;
    });
    if (is_known) continue;
    console.error(fmt::format("--overwrite {}: no device of this volume", name));
    return false;
  }
  return true;
}

// False if what stands on a device forbids to go on, which is then said.
bool may_go_on(const std::vector<NamedPath>& devices, const std::vector<std::string>& overwrite,
               Console& console) {
  bool is_free = true;
  for (const NamedPath& device : devices) {
    auto recognised = recognise(device.path);
    if (!recognised) {
      console.error(recognised.error().message);
      return false;
    }
    for (const Recognised& thing : *recognised) {
      std::string sentence =
          fmt::format("{}: holds {} (offset {})", device.path, thing.what, thing.offset);
      if (is_named(overwrite, device)) {
        console.say(sentence + ", which is overwritten");
        continue;
      }
      console.error(fmt::format("{}; if it may be lost: --overwrite {}", sentence, device.name));
      is_free = false;
    }
  }
  if (!is_free) console.say("nothing was written");
  return is_free;
}

Extent superblock_of(const VolumeSpec& spec, const BlockDevice& device) {
  const auto* raid = std::get_if<RaidSpec>(&spec.engine);
  auto version = raid ? raid::metadata_version(raid->metadata) : std::nullopt;
  if (!version) return {};
  return {raid::superblock_lba(*version, device.limits().sectors), raid::superblock_room};
}

// The blocks that hold a magic.
Extent extent_of(const Recognised& thing, const DeviceLimits& limits) {
  std::uint64_t block = limits.logical_block_bytes;
  std::uint64_t begin = thing.offset / block * block;
  std::uint64_t end = (thing.offset + thing.length + block - 1) / block * block;
  return {Lba(begin / sector_bytes), Sectors::of_bytes(end - begin)};
}

Task<IoResult> erase_magic(BlockDevice& device, Recognised thing) {
  Extent extent = extent_of(thing, device.limits());
  SliceList pages = allocate_slices(extent.count.bytes());
  if (auto read = co_await device.read(extent.first, pages); !read) co_return read;
  std::vector<std::byte> bytes(extent.count.bytes());
  copy(pages, bytes);
  std::uint64_t inside = thing.offset - extent.first.value * sector_bytes;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(inside), thing.length, std::byte{0});
  copy(bytes, pages);
  auto written = co_await device.write(extent.first, pages, write_fua);
  co_return written;
}

// Nobody shall recognise beside the new superblock what stood there before. A thing may have copies (GPT), which show
// only when the first one is gone.
bool erase_traces(RealWorld& world, FileDevice& device, Extent superblock) {
  constexpr int copies_max = 16;
  for (int round = 0; round < copies_max; ++round) {
    auto found = recognise(device.path());
    if (!found) return false;
    std::erase_if(*found, [&](const Recognised& thing) {
      return thing.length == 0 || extent_of(thing, device.limits()).overlaps(superblock);
    });
    if (found->empty()) return true;
    for (const Recognised& thing : *found)
      if (!world.finish(erase_magic(device, thing))) return false;
  }
  return false;
}

// Linux asks of every device of an array with metadata 1.0, the journal among them, that its superblock stands behind what
// is used of a member. Devices that are too small for anything are left to the engine, which says so.
std::optional<std::string> refused_by_linux(const RaidSpec& raid, Devices devices) {
  auto version = raid::metadata_version(raid.metadata);
  if (raid.journal.empty() || version != raid::MetadataVersion::v1_0) return std::nullopt;
  Sectors chunk = Sectors::of_bytes(raid.chunk_bytes), used(~std::uint64_t{0});
  for (BlockDevice* device : devices) {
    Sectors size = device->limits().sectors;
    if (size < raid::smallest_device(*version)) return std::nullopt;
    if (device != devices.back())
      used = std::min(used, raid::data_room(*version, size, chunk).data_size);
  }
  used -= used % chunk;
  Sectors journal = devices.back()->limits().sectors;
  Sectors superblock(raid::superblock_lba(*version, journal).value);
  if (superblock >= used) return std::nullopt;
  Sectors needed = used + (journal - superblock);
  return fmt::format(
      "{}: with metadata 1.0 Linux runs no array whose journal is smaller than its members: this "
      "one "
      "has {} bytes of {}; take a larger device, or metadata 1.2",
      raid.journal, journal.bytes(), needed.bytes());
}

void show_result(RealWorld& world, const DeviceSet& devices, const VolumeArgument& volume,
                 Console& console) {
  reports::Examination examination;
  std::vector<FileDevice*> members;
  for (std::size_t number = 0; number < devices.size(); ++number) {
    members.push_back(devices.at(number));
    examination.devices.push_back(world.finish(examine_device(
        *devices.at(number), volume.devices[number].path, JournalView::summary, world.observer())));
  }
  examination.arrays = examine_arrays(world, members, examination.devices);
  show(examination, console);
}

ExitCode create(const CreateCommandOptions& options, Console& console) {
  auto volume = read_volume(options.volume, console);
  if (!volume || !know_all(options.overwrite, volume->devices, console)) return ExitCode::usage;
  if (std::holds_alternative<BareSpec>(volume->spec.engine)) {
    console.error(options.volume + ": a bare volume is its device as it is: nothing to create");
    return ExitCode::usage;
  }
  auto reactor = options.io.reactor(console);
  if (!reactor) return ExitCode::prerequisite_absent;
  Narrator narrator(console);
  RealWorld world(narrator, std::move(reactor));
  auto devices = DeviceSet::open(volume->devices, Access::write, Absence::refused, world);
  if (!devices) {
    console.error(devices.error().message);
    console.say("nothing was written");
    return ExitCode::usage;
  }
  if (!may_go_on(volume->devices, options.overwrite, console)) return ExitCode::violated;

  CreateOptions core_options;
  for (const NamedPath& device : volume->devices)
    if (is_named(options.overwrite, device)) core_options.overwrite.push_back(device.name);
  std::vector<BlockDevice*> pointers = devices->pointers();
  if (auto why = refused_by_linux(std::get<RaidSpec>(volume->spec.engine), pointers)) {
    console.error(*why);
    console.say("nothing was written");
    return ExitCode::usage;
  }
  auto created = world.finish(creator_of(volume->spec, core_options)(pointers, world.ports()));
  if (!created) {
    console.error(created.error().message);
    return exit_code_of(created.error());
  }
  for (std::size_t number = 0; number < devices->size(); ++number) {
    FileDevice& device = *devices->at(number);
    if (!erase_traces(world, device, superblock_of(volume->spec, device)))
      console.error(device.path() + ": traces of what stood there could not all be removed");
  }
  show_result(world, *devices, *volume, console);
  world.stop();
  return ExitCode::held;
}

}  // namespace

void add_create(Program& program) {
  auto options = std::make_shared<CreateCommandOptions>();
  CLI::App& command = program.add(
      "create", "makes a new volume: writes superblocks on the devices of a volume file",
      [options](Console& console) { return create(*options, console); });
  command.add_option("volume", options->volume, "volume file (see: schema volume)")->required();
  command.add_option(
      "--overwrite", options->overwrite,
      "this device (name or path) may hold something that is recognised, and it may be lost;\n"
      "may be given several times");
  options->io.add_to(command);
  command.footer(
      "Every device is looked at first; if one is in use or holds anything recognised, nothing is "
      "written.\n"
      "Exit: 0 created, 1 a device holds something or failed, 2 the volume file or a device can't "
      "be used.");
}

}  // namespace holdfast::drivers
