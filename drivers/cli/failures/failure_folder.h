// The folder that `sim --failures` fills: one file for each distinct finding, of the lowest seed that showed it.
//
//   Findings that are excused, because the volume promises nothing else, are no failures; one that the scenario expects is.
#pragma once

#include <string>

#include "reports/campaign.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

class FailureFolder {
 public:
  // An empty path: nothing is written.
  explicit FailureFolder(std::string path) : path_(std::move(path)) {}

  // The folder is there, or made. What is wrong, or nothing.
  std::string prepare() const;
  // Makes the run of each finding once more, writes its file and tells the finding where. What went wrong, or nothing.
  std::string add(const scenarios::Scenario& scenario, reports::Campaign& campaign) const;

 private:
  std::string write(const scenarios::Scenario& scenario, reports::DistinctFinding& found,
                    bool is_declared) const;

  std::string path_;
};

}  // namespace holdfast::drivers
