#include "drivers/cli/recognition.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "core/base/bytes.h"
#include "drivers/posix/descriptor.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint32_t writeboost_magic = 0x57427374;

struct ProbeDeleter {
  void operator()(blkid_probe probe) const { blkid_free_probe(probe); }
};
using Probe = std::unique_ptr<std::remove_pointer_t<blkid_probe>, ProbeDeleter>;

tl::unexpected<OpenError> cannot_probe(const std::string& path, std::string_view why) {
  return tl::unexpected<OpenError>(
      OpenError(OpenError::Kind::io,
                fmt::format("{}: can't be probed for what stands on it: {}", path, why)));
}

struct Value {
  const char* text = nullptr;
  std::size_t bytes = 0;  // with the zero at its end
};

std::optional<Value> value_of(blkid_probe probe, const char* name) {
  Value value;
  if (blkid_probe_lookup_value(probe, name, &value.text, &value.bytes) != 0) return std::nullopt;
  return value;
}

Recognised found_by(blkid_probe probe) {
  auto table = value_of(probe, "PTTYPE");
  auto type = value_of(probe, "TYPE");
  Recognised found{"something that libblkid knows", 0, 0};
  if (table) found.what = fmt::format("{} partition table", table->text);
  if (type) {
    auto usage = value_of(probe, "USAGE");
    bool is_file_system = usage && std::string_view(usage->text) == "filesystem";
    found.what = fmt::format("{}{}", type->text, is_file_system ? " file system" : "");
    if (auto label = value_of(probe, "LABEL")) found.what += fmt::format(" \"{}\"", label->text);
  }
  if (auto offset = value_of(probe, type ? "SBMAGIC_OFFSET" : "PTMAGIC_OFFSET"))
    std::from_chars(offset->text, offset->text + offset->bytes - 1, found.offset);
  if (auto magic = value_of(probe, type ? "SBMAGIC" : "PTMAGIC")) found.length = magic->bytes;
  return found;
}

}  // namespace

tl::expected<std::vector<Recognised>, OpenError> recognise(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return cannot_probe(path, std::strerror(errno));
  std::vector<Recognised> all;

  std::array<std::byte, 512> sector{};
  if (pread(file.number(), sector.data(), sector.size(), 0) < 0)
    return cannot_probe(path, std::strerror(errno));
  if (load_le<std::uint32_t>(sector, 0) == writeboost_magic)
    all.push_back({"dm-writeboost cache", 0, sizeof writeboost_magic});

  Probe probe(blkid_new_probe());
  if (!probe || blkid_probe_set_device(probe.get(), file.number(), 0, 0) != 0)
    return cannot_probe(path, "libblkid takes it for no device");
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_TYPE |
                                                     BLKID_SUBLKS_USAGE | BLKID_SUBLKS_LABEL |
                                                     BLKID_SUBLKS_BADCSUM);
  blkid_probe_enable_partitions(probe.get(), 1);
  blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
  int answer = 0;
  while ((answer = blkid_do_probe(probe.get())) == 0) all.push_back(found_by(probe.get()));
  if (answer < 0) return cannot_probe(path, "libblkid failed");
  return all;
}

}  // namespace holdfast::drivers
