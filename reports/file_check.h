// What `check-file` found in scenario, volume and report files.
#pragma once

#include <string>
#include <vector>

namespace holdfast::reports {

struct FileProblem {
  int line = 0;  // 0: unknown
  std::string pointer;
  std::string message;
};

struct FileChecked {
  std::string path;
  std::vector<FileProblem> problems;
};

std::string text_of(const std::vector<FileChecked>& files);
std::string json_of(const std::vector<FileChecked>& files);

}  // namespace holdfast::reports
