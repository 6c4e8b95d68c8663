#include "reports/render/escape.h"

#include <cstdint>

#include <fmt/format.h>

namespace holdfast::reports {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// Bytes of the character that the text begins with; 0 if it begins with none that XML takes.
std::size_t character_bytes(std::string_view text) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 ? first != 0x7f : first == '\t' || first == '\n';
  std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  std::uint32_t code = first & (0xffu >> (bytes + 1));
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(at) & 0x3fu);
  }
  bool is_too_long = code < (bytes == 4 ? 0x10000u : bytes == 3 ? 0x800u : 0x80u);
  bool is_surrogate = code >= 0xd800 && code < 0xe000;
  bool is_control = code < 0xa0 || code == 0xfffe || code == 0xffff;
  bool turns_the_line = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  bool is_fine = !is_too_long && !is_surrogate && !is_control && !turns_the_line && code < 0x110000;
  return is_fine ? bytes : 0;
}

std::string_view xml_name_of(char character) {
  switch (character) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return "";
  }
}

std::string percent_escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (char character : text) {
    bool is_escaped = special.find(character) != special.npos;
    if (is_escaped)
      out += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    else
      out += character;
  }
  return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t bytes = character_bytes(text);
    std::string_view name = xml_name_of(text[0]);
    if (!name.empty())
      out += name;
    else
      out += bytes > 0 ? text.substr(0, bytes) : replacement;
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return out;
}

std::string ktap_escaped(std::string_view text) {
  std::string out;
  for (char character : text) {
    bool is_control = static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
    if (character == '#') out += '\\';
    out += is_control ? ' ' : character;
  }
  return out;
}

std::string github_data(std::string_view text) { return percent_escaped(text, "%\r\n"); }

std::string github_property(std::string_view text) { return percent_escaped(text, "%\r\n:,"); }

}  // namespace holdfast::reports
