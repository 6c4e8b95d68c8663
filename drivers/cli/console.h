// What a command may say and where: its document on stdout, its words and progress on stderr, its verdict as exit code.
//
//   stdout   one document, whole: normal text, JSON or Markdown
//   stderr   "holdfast: …" sentences, and a progress line that rewrites itself on a terminal
//
//   O1  Words that stderr doesn't take are lost, and stop nothing.
//   O2  The numbers 0 to 2 are never those of a device, also where a stream was closed by whoever started us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::drivers {

enum class ExitCode : int {
  held = 0,  // done; every rule held
  violated = 1,  // a rule was violated, or the devices hold what they must not
  usage = 2,  // the command line or a file is wrong
  harness_failed = 3,  // nondeterministic, vacuous, or no way to write the result
  prerequisite_absent = 77,  // something outside the program is missing
};

enum class OutputFormat : std::uint8_t { normal, json, markdown };
enum class ProgressWish : std::uint8_t { automatic, always, never };

class Console {
 public:
  OutputFormat format = OutputFormat::normal;
  ProgressWish progress_wish = ProgressWish::automatic;

  // O2. Before anything is opened.
  Console();

  // The document, as it stands; a missing newline at its end is added. Once per command.
  void document(std::string_view text);
  // A sentence on stderr. error() puts "holdfast: error: " in front.
  void say(std::string_view sentence);
  void error(std::string_view sentence);

  // Rewrites the progress line. Nothing happens if nobody wants to see it.
  void progress(std::string_view line);
  bool shows_progress() const;
  // Colour on stdout: a terminal, and NO_COLOR is not set. Never the only sign of anything.
  bool colours() const;

  // False if stdout didn't take the document (full disk, closed pipe).
  bool finish();

 private:
  void clear_progress();

  bool progress_stands_ = false;
};

}  // namespace holdfast::drivers
