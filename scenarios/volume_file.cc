#include "scenarios/volume_file.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scenarios/device_section.h"
#include "scenarios/schema.h"
#include "scenarios/volume_section.h"

namespace holdfast::scenarios {
namespace {

std::vector<RealDevice> read_paths(const Document& document,
                                   const std::vector<DeviceEntry>& entries, Problems& problems) {
  std::vector<RealDevice> devices;
  std::map<std::string, std::string> owner_of_path;
  for (const DeviceEntry& entry : entries) {
    Section section(document, entry.pointer, problems);
    std::string path;
    section.require("path");
    if (section.read("path", path)) {
      auto [owner, is_first] = owner_of_path.emplace(path, entry.name);
      if (path.empty()) section.problem("path", "is empty");
      if (path.find('\0') != path.npos) section.problem("path", "holds a zero byte: no path does");
      if (!is_first)
        problems.push_back(document.problem(
            entry.pointer, fmt::format("device \"{}\" has the path of device \"{}\": {}",
                                       entry.name, owner->second, path)));
    }
    section.refuse_unknown_keys();
    devices.emplace_back(entry.name, path);
  }
  return devices;
}

Parsed<VolumeFile> interpret(const Document& document) {
  Problems problems;
  Section root(document, "", problems);
  root.require_schema(schema_id(SchemaKind::volume));
  for (std::string_view key : {"devices", "volume"}) root.find(key);
  root.require("volume");
  if (root.has("rules"))
    root.problem("rules", "rules can be broken in scenarios only: a real volume keeps all of them");
  root.find("rules");
  root.refuse_unknown_keys();
  std::vector<DeviceEntry> entries = list_devices(document, problems);
  VolumeFile file;
  std::vector<RealDevice> devices = read_paths(document, entries, problems);
  file.volume = read_volume(document, names_of(entries), problems);
  if (problems.empty()) problems = schema_problems(document, SchemaKind::volume);
  if (!problems.empty()) return tl::unexpected(in_order(std::move(problems)));
  for (const std::string& name : device_names(file.volume))
    file.devices.push_back(*std::ranges::find(devices, name, &RealDevice::name));
  return file;
}

}  // namespace

Parsed<VolumeFile> read_volume_file(const std::string& path,
                                    const std::vector<std::string>& overrides) {
  auto document = Document::read(path, overrides);
  if (!document) return tl::unexpected(document.error());
  return interpret(*document);
}

Parsed<VolumeFile> parse_volume_file(const std::string& name, const std::string& text,
                                     const std::vector<std::string>& overrides) {
  auto document = Document::parse(name, text, overrides);
  if (!document) return tl::unexpected(document.error());
  return interpret(*document);
}

}  // namespace holdfast::scenarios
