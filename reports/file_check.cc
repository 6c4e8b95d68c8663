#include "reports/file_check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::reports {

std::string text_of(const std::vector<FileChecked>& files) {
  std::string out;
  for (const FileChecked& file : files) {
    if (file.problems.empty()) out += fmt::format("{}: fine\n", file.path);
    for (const FileProblem& problem : file.problems) {
      out += file.path;
      if (problem.line > 0) out += fmt::format(":{}", problem.line);
      if (!problem.pointer.empty()) out += fmt::format(": {}", problem.pointer);
      out += fmt::format(": {}\n", problem.message);
    }
  }
  return out;
}

std::string json_of(const std::vector<FileChecked>& files) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const FileChecked& file : files) {
    Json problems = Json::array();
    for (const FileProblem& problem : file.problems)
      problems.push_back(
          {{"line", problem.line}, {"pointer", problem.pointer}, {"message", problem.message}});
    list.push_back({{"path", file.path}, {"fine", file.problems.empty()}, {"problems", problems}});
  }
  Json out{{"schema", "holdfast.report/1"}, {"kind", "file_check"}, {"files", list}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
