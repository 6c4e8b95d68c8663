#include "scenarios/document.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::scenarios {
namespace {

using nlohmann::json;

constexpr std::size_t depth_max = 32;

// Tells how far the parser has come.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  const char& operator*() const { return *at_; }
  Cursor& operator++() {
    ++at_;
    *reached_ = at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

class Builder : public json::json_sax_t {
 public:
  Builder(std::string_view text, const std::string& file)
      : counted_(text.data()),
        reached_(text.data()),
        end_(text.data() + text.size()),
        file_(file) {}

  bool run() {
    return json::sax_parse(Cursor(reached_, &reached_), Cursor(end_, &reached_), this,
                           json::input_format_t::json, true, true);
  }

  json root;
  std::map<std::string, int, std::less<>> lines;
  Problems problems;

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    key_ = name;
    if (open_.back().value->contains(name))
      problems.emplace_back(file_, line(), pointer_to(open_.back().pointer, name),
                            fmt::format("the key \"{}\" stands here twice", name));
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string_view what = error.what();
    if (std::size_t prefix = what.find("] "); prefix != what.npos) what.remove_prefix(prefix + 2);
    problems.emplace_back(file_, line(), "", fmt::format("not JSON: {}", what));
    return false;
  }

 private:
  struct Open {
    json* value;
    std::string pointer;
  };

  // Lines are counted up to the character before the last one read: a number ends where the next line begins.
  int line() {
    if (reached_ - 1 > counted_) {
      line_ += static_cast<int>(std::count(counted_, reached_ - 1, '\n'));
      counted_ = reached_ - 1;
    }
    return line_;
  }

  json* place(json value, std::string& pointer) {
    if (open_.empty()) {
      root = std::move(value);
      lines[pointer] = line();
      return &root;
    }
    json& around = *open_.back().value;
    std::string name = around.is_array() ? std::to_string(around.size()) : key_;
    pointer = pointer_to(open_.back().pointer, name);
    lines[pointer] = line();
    if (around.is_object()) return &(around[key_] = std::move(value));
    around.push_back(std::move(value));
    return &around.back();
  }

  bool put(json value) {
    std::string pointer;
    place(std::move(value), pointer);
    return true;
  }

  bool open(json empty) {
    if (open_.size() == depth_max) {
      problems.emplace_back(file_, line(), "",
                            fmt::format("not JSON of ours: nested deeper than {}", depth_max));
      return false;
    }
    std::string pointer;
    json* value = place(std::move(empty), pointer);
    open_.push_back({value, pointer});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const char* counted_;
  const char* reached_;
  const char* end_;
  const std::string& file_;
  int line_ = 1;
  std::string key_;
  std::vector<Open> open_;
};

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    bool beside_dot = (i > 0 && path[i - 1] == '.') || (i + 1 < path.size() && path[i + 1] == '.');
    if (path[i] == '.' && !beside_dot)
      names.emplace_back();
    else
      names.back() += path[i];
  }
  return names;
}

std::optional<std::size_t> index_in(const json& array, std::string_view name) {
  std::size_t index = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc{} || end != name.data() + name.size() || index >= array.size()) return {};
  return index;
}

Parsed<std::string> file_text(const std::string& path, std::size_t file_bytes_max) {
  auto failed = [&](int error) {
    return tl::unexpected(Problems{{path, 0, "", std::strerror(error)}});
  };
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) return failed(errno);
  std::string text;
  char block[65536];
  while (std::size_t count = std::fread(block, 1, sizeof block, file)) {
    text.append(block, count);
    if (text.size() > file_bytes_max) break;
  }
  int error = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (error) return failed(error);
  if (text.size() > file_bytes_max)
    return tl::unexpected(Problems{
        {path, 0, "",
         fmt::format("larger than {}MiB: this is no file of ours", file_bytes_max >> 20)}});
  return text;
}

}  // namespace

std::string shown(const json& value) {
  constexpr std::size_t characters_max = 60;
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= characters_max ? text : text.substr(0, characters_max - 3) + "...";
}

std::string pointer_to(const std::string& pointer, std::string_view key) {
  std::string escaped = pointer + "/";
  for (char character : key) {
    if (character == '~')
      escaped += "~0";
    else if (character == '/')
      escaped += "~1";
    else
      escaped += character;
  }
  return escaped;
}

Parsed<Document> Document::read(const std::string& path, const std::vector<std::string>& overrides,
                                std::size_t file_bytes_max) {
  auto text = file_text(path, file_bytes_max);
  if (!text) return tl::unexpected(text.error());
  return parse(path, *text, overrides);
}

Parsed<Document> Document::parse(const std::string& name, std::string_view text,
                                 const std::vector<std::string>& overrides) {
  Builder builder(text, name);
  if (!builder.run() && builder.problems.empty())
    builder.problems.emplace_back(name, 0, "", "not JSON");
  if (builder.problems.empty() && !builder.root.is_object())
    builder.problems.emplace_back(name, 1, "", "expected one JSON object");
  if (!builder.problems.empty()) return tl::unexpected(std::move(builder.problems));

  Document document;
  document.file_ = name;
  document.root_ = std::make_shared<json>(std::move(builder.root));
  document.lines_ = std::move(builder.lines);
  Problems problems;
  for (const std::string& assignment : overrides) document.override_value(assignment, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return document;
}

void Document::override_value(const std::string& assignment, Problems& problems) {
  auto wrong = [&](std::string message) {
    problems.emplace_back("--set " + assignment, 0, "", std::move(message));
  };
  std::size_t equals = assignment.find('=');
  if (equals == 0 || equals == assignment.npos) return wrong("expected a.b=value");
  std::vector<std::string> names = split_path(std::string_view(assignment).substr(0, equals));
  std::string text = assignment.substr(equals + 1);
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) value = text;

  json* around = root_.get();
  std::string pointer;
  for (std::size_t i = 0;; ++i) {
    const std::string& name = names[i];
    bool last = i + 1 == names.size();
    pointer = pointer_to(pointer, name);
    if (around->is_array()) {
      auto index = index_in(*around, name);
      if (!index) return wrong(fmt::format("{} is no place in this array", name));
      around = &(*around)[*index];
    } else if (around->is_object() || around->is_null()) {
      if (last && value.is_null()) {
        if (around->is_object()) around->erase(name);
        return;
      }
      around = &(*around)[name];
    } else {
      return wrong(fmt::format("what stands around \"{}\" has no keys", name));
    }
    if (last) break;
  }
  *around = std::move(value);
  std::erase_if(lines_, [&](const auto& line) { return line.first.starts_with(pointer + "/"); });
  lines_[pointer] = 0;
}

int Document::line_of(std::string pointer) const {
  for (;;) {
    if (auto found = lines_.find(pointer); found != lines_.end()) return found->second;
    std::size_t slash = pointer.rfind('/');
    if (slash == pointer.npos) return 0;
    pointer.resize(slash);
  }
}

Problem Document::problem(const std::string& pointer, std::string message) const {
  return Problem(file_, line_of(pointer), within_ + pointer, std::move(message));
}

Document Document::part(const std::string& pointer) const {
  Document document;
  document.file_ = file_;
  document.within_ = within_ + pointer;
  document.root_ = std::make_shared<json>(root_->at(json::json_pointer(pointer)));
  for (const auto& [at, line] : lines_)
    if (at == pointer || at.starts_with(pointer + "/"))
      document.lines_[at.substr(pointer.size())] = line;
  return document;
}

std::string Document::schema_id() const {
  auto found = root_->find("schema");
  return found != root_->end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace holdfast::scenarios
