#include "reports/report_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace holdfast::reports {
namespace {

namespace fs = std::filesystem;

class ReportFile : public testing::Test {
 public:
  ~ReportFile() override { fs::remove_all(folder); }

 protected:
  ReportFile() {
    std::string name = (fs::temp_directory_path() / "holdfast-report-XXXXXX").string();
    folder = mkdtemp(name.data());
  }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  fs::path folder;
};

TEST_F(ReportFile, ReplacesWhatStoodThere) {
  fs::path path = folder / "r.json";
  EXPECT_EQ(write_report(path, "first"), "");
  EXPECT_EQ(write_report(path, "second"), "");
  EXPECT_EQ(content(path), "second");
  EXPECT_EQ(files(), 1u) << "nothing else is left behind";
}

TEST_F(ReportFile, ALinkStaysALink) {
  fs::path path = folder / "r.json", link = folder / "link";
  EXPECT_EQ(write_report(path, "first"), "");
  fs::create_symlink(path, link);
  EXPECT_EQ(write_report(link, "second"), "");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(content(path), "second");
}

// A limit on the size of files is what a full disk looks like to a writer.
TEST_F(ReportFile, OnAFullDiskTheOldReportStaysWhole) {
  fs::path path = folder / "r.json";
  ASSERT_EQ(write_report(path, "old"), "");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string wrong = write_report(path, std::string(1 << 20, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(wrong, path.string() + ": the report can't be written: File too large");
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files(), 1u) << "no half report is left behind";
}

TEST_F(ReportFile, WhereNothingCanBeWrittenItSaysWhy) {
  EXPECT_NE(write_report(folder / "no" / "r.json", "x").find("No such file or directory"),
            std::string::npos);
  EXPECT_NE(write_report(folder, "x"), "") << "a folder is no place for a report";
  EXPECT_TRUE(fs::is_directory(folder));
}

TEST_F(ReportFile, DevicesAreWrittenAndNotReplaced) {
  EXPECT_EQ(write_report("/dev/null", "x"), "");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(write_report("/dev/full", "x"),
            "/dev/full: the report can't be written: No space left on device");
}

}  // namespace
}  // namespace holdfast::reports
