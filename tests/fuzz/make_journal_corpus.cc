// make_journal_corpus FOLDER: inputs for journal_fuzz out of meta blocks that Linux wrote.
#include <filesystem>
#include <fstream>

#include "tests/fuzz/linux_arrays.h"

using namespace holdfast;

namespace {

constexpr char mend_all_but_records = 1 | 4 | 8, mend_all = mend_all_but_records | 2,
               unreadable = 16;

class CorpusFile {
 public:
  CorpusFile(const std::filesystem::path& path, std::size_t array, char blocks, char tail)
      : file_(path, std::ios::binary) {
    file_.put(static_cast<char>(array)).put(static_cast<char>(blocks - 1)).put(tail);
  }
  void block(char flags, const std::vector<std::byte>& bytes) {
    file_.put(flags).put(static_cast<char>(bytes.size())).put(static_cast<char>(bytes.size() >> 8));
    file_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
  }
  void unit(char flags, const tests::LinuxMetaBlock& of, char page_flags = 0) {
    block(flags, tests::bytes_of(of.bytes));
    for (int i = 0; i < of.pages; ++i) block(page_flags, {std::byte(i), std::byte(0x55)});
  }
  bool is_written() { return file_.flush().good(); }

 private:
  std::ofstream file_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::filesystem::path folder(arguments[1]);
  std::filesystem::create_directories(folder);
  bool is_written = true;
  for (std::size_t array = 0; array < tests::linux_arrays().size(); ++array) {
    const tests::LinuxMetaBlock& of = *tests::linux_arrays()[array];
    auto make = [&](const char* name, auto... units) {
      CorpusFile file(folder / (std::to_string(array) + name), array, 64, 60);
      (units(file), ...);
      is_written = is_written && file.is_written();
    };
    auto intact = [&](CorpusFile& file) { file.unit(mend_all_but_records, of); };
    auto any_records = [&](CorpusFile& file) { file.unit(mend_all, of); };
    auto as_it_is = [&](CorpusFile& file) { file.unit(0, of); };
    auto torn = [&](CorpusFile& file) { file.unit(1 | 8, of); };
    auto without_pages = [&](CorpusFile& file) { file.unit(mend_all_but_records, of, unreadable); };
    auto without_block = [&](CorpusFile& file) {
      file.unit(mend_all_but_records | unreadable, of);
    };
    make("-two", intact, intact);
    make("-any-records", any_records, any_records);
    make("-stale-behind", intact, as_it_is);
    make("-damaged", intact, torn, intact);
    make("-unreadable-pages", intact, without_pages, intact);
    make("-unreadable-block", intact, without_block, intact);
    make("-torn-end", intact, torn);
  }
  return is_written ? 0 : 1;
}
