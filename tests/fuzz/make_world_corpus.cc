// make_world_corpus FOLDER: inputs for world_fuzz, each a seeded run of one of its worlds.
#include <filesystem>
#include <fstream>

#include "sim/world.h"
#include "tests/fuzz/byte_writing.h"
#include "tests/fuzz/fuzzed_worlds.h"

using namespace holdfast;

namespace {

constexpr std::uint64_t seeds = 24;

bool write_run(const std::filesystem::path& folder, std::size_t number,
               const scenarios::Scenario& world, std::uint64_t seed) {
  sim::SeededChoices seeded(seed);
  tests::ByteWriting writing(seeded);
  sim::run(world.world, writing, seed);
  std::ofstream file(folder / (world.name + "-" + std::to_string(seed)), std::ios::binary);
  file.put(static_cast<char>(number));
  file.write(reinterpret_cast<const char*>(writing.bytes().data()),
             static_cast<std::streamsize>(writing.bytes().size()));
  return file.flush().good();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::filesystem::path folder(arguments[1]);
  std::filesystem::create_directories(folder);
  bool is_written = true;
  std::vector<scenarios::Scenario> worlds = tests::fuzzed_worlds();
  for (std::size_t number = 0; number < worlds.size(); ++number)
    for (std::uint64_t seed = 0; seed < seeds; ++seed)
      is_written = write_run(folder, number, worlds[number], seed) && is_written;
  return is_written ? 0 : 1;
}
