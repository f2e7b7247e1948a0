#include "fuzz/decode_target.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace {

fs::path corpus() {
  return ACTOR_CACHE_FUZZ_CORPUS;
}

std::string read_file(const fs::path& path) {
  auto in = std::ifstream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("everything that fuzzing has found is handled", "[encoding]") {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator{corpus()}) {
    INFO(entry.path());
    fuzz_decode(read_file(entry.path()));
    ++count;
  }
  CHECK(count >= 50);
}

TEST_CASE("what the fuzzer starts from decodes", "[encoding]") {
  for (const auto& seed : fuzz_seeds())
    fuzz_decode(seed);
}

// Not a test: writes the seeds into the corpus. Run it by its name after a type
// was added to the target.
TEST_CASE("write the fuzzer's seeds", "[.][encoding-seeds]") {
  auto number = 0;
  for (const auto& seed : fuzz_seeds()) {
    auto name = "seed-" + std::to_string(number++);
    auto out = std::ofstream{corpus() / name, std::ios::binary};
    out.write(seed.data(), static_cast<std::streamsize>(seed.size()));
  }
}
