// A report as the one document on stdout, in the format that was asked for.
#pragma once

#include "drivers/cli/console.h"

namespace holdfast::drivers {

// text_of(report) and json_of(report) are found beside the report.
template <class Report>
void show(const Report& report, Console& console) {
  switch (console.format) {
    case OutputFormat::normal: return console.document(text_of(report));
    case OutputFormat::json: return console.document(json_of(report));
    case OutputFormat::markdown: return console.document("```\n" + text_of(report) + "```\n");
  }
}

}  // namespace holdfast::drivers
