#include "scenarios/traces/trace.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "scenarios/traces/text_lines.h"

namespace holdfast::scenarios::traces {
namespace {

constexpr std::size_t devices_told = 8;

class Reading {
 public:
  Reading(const Wish& wish, std::istream& from) : wish_(wish), from_(from) {}

  Parsed<Trace> run() {
    if (wish_.format)
      trace_.format = *wish_.format;
    else if (auto format = recognized(from_))
      trace_.format = *format;
    else
      return wrong(format.error());
    std::unique_ptr<Decoder> decoder = decoder_of(trace_.format, from_);
    while (!trace_.goes_on) {
      auto item = decoder->next();
      if (!item) return wrong(item.error());
      if (!*item) break;
      add(std::move(**item));
    }
    trace_.has_times = decoder->has_times();
    if (wish_.device.empty() && devices_.size() > 1)
      return problem(fmt::format("holds requests to several devices: say which with \"device\": {}",
                                 devices_text()));
    if (trace_.requests.empty()) return problem(why_empty());
    return std::move(trace_);
  }

 private:
  void add(Item item) {
    ++seen_;
    if (std::ranges::find(devices_, item.device) == devices_.end() &&
        devices_.size() <= devices_told)
      devices_.push_back(item.device);
    if (!wish_.device.empty() && item.device != wish_.device) return;
    if (skipped_ < wish_.skip) {
      ++skipped_;
      return;
    }
    trace_.goes_on = trace_.requests.size() == requests_max;
    if (!trace_.goes_on) trace_.requests.push_back(item.request);
  }

  std::string why_empty() const {
    if (seen_ == 0)
      return fmt::format("holds no request of a client{}",
                         trace_.format == Format::blkparse
                             ? ": expected lines of the action Q; record it with -a queue"
                             : "");
    if (skipped_ > 0)
      return fmt::format("holds {} requests, all of them skipped: \"skip\" is {}", skipped_,
                         wish_.skip);
    if (devices_ == std::vector<std::string>{""})
      return fmt::format("names no device: take \"device\" away, {} is all of one",
                         name_of(trace_.format));
    return fmt::format("holds no request to the device \"{}\", but to {}", wish_.device,
                       devices_text());
  }

  std::string devices_text() const {
    std::string text;
    for (std::size_t i = 0; i < std::min(devices_.size(), devices_told); ++i)
      text += (i > 0 ? ", " : "") + legible(devices_[i]);
    return devices_.size() > devices_told ? text + ", and more" : text;
  }

  tl::unexpected<Problems> problem(std::string message, int line = 0) const {
    return tl::unexpected(Problems{Problem(wish_.path, line, "", std::move(message))});
  }

  tl::unexpected<Problems> wrong(const Fault& fault) const {
    std::string text = fault.text();
    if (wish_.format && fault.field == "version") text += "; is it of another format?";
    return problem(std::move(text), static_cast<int>(fault.line));
  }

  const Wish& wish_;
  std::istream& from_;
  Trace trace_;
  std::vector<std::string> devices_;  // in the order of their first requests
  std::uint64_t seen_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace

Parsed<Trace> read_trace(const Wish& wish) {
  auto failed = [&wish](std::string message) {
    return tl::unexpected(Problems{Problem(wish.path, 0, "", std::move(message))});
  };
  std::error_code error;
  auto status = std::filesystem::status(wish.path, error);
  if (!std::filesystem::exists(status)) return failed(error ? error.message() : "is not there");
  // A pipe would wait for its writer, and can't be read twice.
  if (!std::filesystem::is_regular_file(status) && !std::filesystem::is_block_file(status))
    return failed("is neither a file nor a block device");
  std::ifstream file(wish.path, std::ios::binary);
  if (!file) return failed(std::strerror(errno));
  return Reading(wish, file).run();
}

}  // namespace holdfast::scenarios::traces
