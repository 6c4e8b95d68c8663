// Text that comes from somebody else's report, made harmless in the language that it is put into.
//
//   E1  What is not UTF-8, and characters that XML 1.0 forbids, become U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::reports {

// For XML and HTML, in text and in quoted attributes. Tabs and newlines stay.
std::string xml_escaped(std::string_view text);
// For KTAP: control characters, newlines too, become spaces, and '#' is escaped: it would begin a directive.
std::string ktap_escaped(std::string_view text);
// For GitHub's workflow commands: data after "::", and values of properties before it.
std::string github_data(std::string_view text);
std::string github_property(std::string_view text);

}  // namespace holdfast::reports
