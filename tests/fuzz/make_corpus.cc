// make_corpus FOLDER: inputs for superblock_fuzz out of superblocks that Linux wrote.
#include <filesystem>
#include <fstream>

#include "tests/golden/linux_superblocks.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::filesystem::path folder(arguments[1]);
  std::filesystem::create_directories(folder);
  for (const auto& one : holdfast::golden::superblocks()) {
    std::string name = one.device;
    name[name.find('/')] = '-';
    std::ofstream file(folder / name, std::ios::binary);
    file.put(static_cast<char>(one.metadata.back() - '0'));
    for (int shift = 0; shift < 32; shift += 8) file.put(static_cast<char>(one.sectors >> shift));
    auto block = one.block();
    file.write(reinterpret_cast<const char*>(block.data()), 512);
    if (!file) return 1;
  }
}
