#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "core/block/overlay.h"
#include "drivers/cli/command.h"
#include "drivers/cli/device_set.h"
#include "drivers/cli/document.h"
#include "drivers/cli/io_choice.h"
#include "drivers/cli/narrator.h"
#include "drivers/cli/volume_argument.h"
#include "drivers/posix/export_file.h"
#include "reports/recovery.h"

namespace holdfast::drivers {
namespace {

struct RecoverOptions {
  std::vector<std::string> volume;
  bool read_only = false;
  bool accept_write_hole = false;
  bool accept_lost_journal = false;
  std::string export_to;
  IoChoice io;
};

constexpr std::string_view to_stdout = "-";
constexpr std::uint64_t export_batch_bytes = 4 << 20;

using ExportOutcome = tl::expected<void, std::string>;

// Everything on the volume, front to end.
Task<ExportOutcome> copy_out(BlockDevice& volume, ExportFile& file, Observer& observer) {
  std::uint64_t total = volume.limits().sectors.bytes();
  if (auto extended = file.extend_to(total); !extended) co_return extended;
  std::uint64_t unit = std::max<std::uint64_t>(volume.limits().optimal_io_bytes, page_bytes);
  std::uint64_t batch_bytes = std::max(unit, export_batch_bytes / unit * unit);
  for (std::uint64_t done = 0; done < total;) {
    SliceList batch = allocate_slices(std::min(batch_bytes, total - done));
    auto read = co_await volume.read(Lba(done / sector_bytes), batch);
    if (!read)
      co_return tl::unexpected(fmt::format("the volume can't be read at sector {}: {}",
                                           read.error().where.value, name_of(read.error().kind)));
    if (auto put = file.put(batch); !put) co_return put;
    done += bytes_of(batch);
    observer.progress("export", done, total);
  }
  co_return file.commit();
}

// One run of the command: what it holds, from the outermost to the innermost.
class Recovering {
 public:
  Recovering(const RecoverOptions& options, std::unique_ptr<Reactor> reactor, Console& console)
      : options_(options),
        console_(console),
        narrator_(console),
        world_(narrator_, std::move(reactor)) {}
  ~Recovering() { world_.stop(); }

  ExitCode run() {
    ExitCode code = recover();
    report_.notes = narrator_.notes();
    if (options_.export_to != to_stdout) show(report_, console_);
    return code;
  }

 private:
  ExitCode recover();
  std::optional<ExitCode> open_export();
  std::optional<ExitCode> open_devices();
  std::optional<ExitCode> open_volume();
  std::optional<ExitCode> settle();
  std::optional<ExitCode> export_content();
  std::optional<ExitCode> stop();
  ExitCode fail(ExitCode code, std::string message) {
    console_.error(message);
    report_.error = std::move(message);
    return code;
  }
  ExitCode interrupted() {
    report_.was_interrupted = true;
    console_.say(options_.read_only ? "interrupted" : "interrupted; run it again to go on");
    return ExitCode::harness_failed;
  }

  const RecoverOptions& options_;
  Console& console_;
  Narrator narrator_;
  reports::Recovery report_;
  RealWorld world_;
  std::optional<ExportFile> export_;
  std::optional<VolumeArgument> argument_;
  std::optional<DeviceSet> devices_;
  std::vector<std::unique_ptr<OverlayDevice>> overlays_;
  std::vector<BlockDevice*> pointers_;
  std::unique_ptr<Volume> volume_;
};

ExitCode Recovering::recover() {
  report_.is_read_only = options_.read_only;
  // First of all, so that a mistyped name costs no resync.
  if (auto failed = open_export()) return *failed;
  if (auto failed = open_devices()) return *failed;
  if (auto failed = open_volume()) return *failed;
  std::optional<ExitCode> failed;
  if (!options_.read_only) failed = settle();
  if (!failed && export_) failed = export_content();
  // What was written to overlays ends with them.
  if (!options_.read_only)
    if (auto not_stopped = stop()) failed = failed ? failed : not_stopped;
  for (std::size_t missing : volume_->missing_devices())
    report_.missing.push_back(argument_->devices[missing].path);
  report_.members_missing = volume_->missing_members();
  return failed.value_or(ExitCode::held);
}

std::optional<ExitCode> Recovering::open_export() {
  if (options_.export_to.empty()) return std::nullopt;
  auto file = options_.export_to == to_stdout ? ExportFile::to_stdout()
                                              : ExportFile::create(options_.export_to);
  if (!file) return fail(ExitCode::usage, file.error());
  export_.emplace(std::move(*file));
  return std::nullopt;
}

std::optional<ExitCode> Recovering::open_devices() {
  argument_ = read_volume_or_devices(options_.volume, console_);
  if (!argument_) return ExitCode::usage;
  if (auto* raid = std::get_if<RaidSpec>(&argument_->spec.engine)) {
    raid->accept_dirty_degraded = raid->accept_dirty_degraded || options_.accept_write_hole;
    raid->accept_lost_journal = raid->accept_lost_journal || options_.accept_lost_journal;
    raid->resyncs = !options_.read_only;
  }
  for (const NamedPath& device : argument_->devices) report_.devices.push_back(device.path);

  auto opened =
      DeviceSet::open(argument_->devices, options_.read_only ? Access::read : Access::write,
                      argument_->is_file ? Absence::accepted : Absence::refused, world_);
  if (!opened) return fail(ExitCode::usage, opened.error().message);
  devices_ = std::move(*opened);
  pointers_ = devices_->pointers();
  if (!options_.read_only) return std::nullopt;
  for (BlockDevice*& device : pointers_) {
    if (!device) continue;
    overlays_.push_back(std::make_unique<OverlayDevice>(*device));
    device = overlays_.back().get();
  }
  return std::nullopt;
}

std::optional<ExitCode> Recovering::open_volume() {
  auto opened = world_.run(opener_of(argument_->spec)(pointers_, world_.ports()));
  if (!opened) return interrupted();
  if (!*opened) return fail(exit_code_of(opened->error()), opened->error().message);
  volume_ = std::move(**opened);
  report_.was_opened = true;
  report_.size = volume_->device().limits().sectors;
  return std::nullopt;
}

std::optional<ExitCode> Recovering::settle() {
  auto settled = world_.run(volume_->settled());
  if (!settled) return interrupted();
  if (!*settled)
    return fail(ExitCode::violated,
                fmt::format("resync did not end: {}", name_of(settled->error().kind)));
  report_.is_settled = true;
  return std::nullopt;
}

std::optional<ExitCode> Recovering::export_content() {
  auto copied = world_.run(copy_out(volume_->device(), *export_, narrator_));
  if (!copied) return interrupted();
  if (!*copied) return fail(ExitCode::violated, copied->error());
  report_.exported_to = options_.export_to;
  return std::nullopt;
}

std::optional<ExitCode> Recovering::stop() {
  auto stopped = world_.finish(volume_->stop());
  if (!stopped)
    return fail(ExitCode::violated,
                fmt::format("the volume did not stop cleanly: {}", name_of(stopped.error().kind)));
  report_.is_stopped = true;
  return std::nullopt;
}

ExitCode recover(const RecoverOptions& options, Console& console) {
  auto reactor = options.io.reactor(console);
  if (!reactor) return ExitCode::prerequisite_absent;
  return Recovering(options, std::move(reactor), console).run();
}

}  // namespace

void add_recover(Program& program) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App& command = program.add(
      "recover", "opens a volume, makes good what an unclean stop left behind, stops it cleanly",
      [options](Console& console) { return recover(*options, console); });
  command
      .add_option("volume", options->volume,
                  "volume file, or the devices of one md array in any order")
      ->required();
  command.add_flag(
      "--read-only", options->read_only,
      "the devices stay as they are: they are opened read-only and all writes go to memory;\n"
      "nothing is resynced");
  command
      .add_option("--export", options->export_to,
                  "the volume's content to this new file, with holes for zeros, or to stdout (-)")
      ->check(not_empty);
  command.add_flag(
      "--accept-write-hole", options->accept_write_hole,
      "opens an array that was not stopped cleanly and has members missing. What may be wrong:\n"
      "in every stripe that was being written when the array stopped, the missing member's\n"
      "blocks are computed from parity that may not match. They may then be neither old nor new,\n"
      "even if nobody was writing those very blocks. Which stripes these are nobody can tell.\n"
      "Without --read-only this content becomes the final one.");
  command.add_flag(
      "--accept-lost-journal", options->accept_lost_journal,
      "opens an array whose write journal is lost, as one without a journal. What may be wrong:\n"
      "acknowledged writes since the journal's last checkpoint may be missing or torn, flushed\n"
      "ones too. Leave the journal's device out: one that is named is replayed all the same.\n"
      "Without --read-only the array has no journal from then on, and is resynced.");
  options->io.add_to(command);
  command.footer(
      "Exit: 0 done, 1 the volume can't be opened, read or stopped, 2 the command line, a file or "
      "a device can't be\n"
      "used, 3 interrupted: what was done stays, the next run goes on from there.");
}

}  // namespace holdfast::drivers
