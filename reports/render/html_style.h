// The look of the HTML report: light and dark as the reader has it, from a phone's width up.
#pragma once

#include <string_view>

namespace holdfast::reports {

extern const std::string_view html_style;

}  // namespace holdfast::reports
