#include "browser.hpp"

#include "temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <sys/wait.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

namespace actor_cache::test {

namespace {

std::string content_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// What `timeout` ends with where it had to end the program.
constexpr int timed_out = 124;

/// Runs Chromium and returns what it prints. The page's time runs faster than
/// ours, but stands still while the page waits for its server. Chromium hangs
/// once in many hundred times, of which a second one knows nothing; a page that
/// makes it hang does so each time.
std::string run_chromium(const std::string& url, const browser_window& window,
                         const std::string& what) {
  temporary_folder folder;
  auto output = folder.path() + "/output";
  auto complaints = folder.path() + "/complaints";
  auto command = fmt::format(
    "HOME={0} timeout 60 {1} --headless=new --no-sandbox --disable-gpu "
    "--disable-dev-shm-usage --disable-extensions --no-first-run "
    "--hide-scrollbars --user-data-dir={0}/profile --window-size={2},{3} "
    "--blink-settings=preferredColorScheme={4} --virtual-time-budget=2000 "
    "{5} '{6}' >{7} 2>{8}",
    folder.path(), ACTOR_CACHE_CHROMIUM, window.width, window.height,
    window.dark ? 0 : 1, what, url, output, complaints);
  auto status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == timed_out)
    status = std::system(command.c_str());
  INFO("Chromium says: " << content_of(complaints));
  REQUIRE(status == 0);
  return content_of(output);
}

// -- PNG ----------------------------------------------------------------------

/// Rows of pixels as a PNG packs them, each behind the number of its filter.
struct packed_picture {
  uint32_t width = 0;
  uint32_t height = 0;
  size_t channels = 0;
  std::string data;
};

uint32_t number_at(const std::string& text, size_t at) {
  REQUIRE(at + 4 <= text.size());
  uint32_t result = 0;
  for (size_t index = 0; index < 4; ++index)
    result = result << 8 | static_cast<unsigned char>(text[at + index]);
  return result;
}

packed_picture parse(const std::string& text) {
  REQUIRE(text.starts_with("\x89PNG\r\n\x1a\n"));
  packed_picture result;
  for (size_t at = 8; at + 12 <= text.size();) {
    auto length = number_at(text, at);
    auto kind = text.substr(at + 4, 4);
    auto content = text.substr(at + 8, length);
    if (kind == "IHDR") {
      result.width = number_at(content, 0);
      result.height = number_at(content, 4);
      REQUIRE(content[8] == 8); // bits for each channel
      REQUIRE((content[9] == 2 || content[9] == 6));
      REQUIRE(content[12] == 0); // not interlaced
      result.channels = content[9] == 2 ? 3 : 4;
    } else if (kind == "IDAT") {
      result.data += content;
    }
    at += 12 + length;
  }
  return result;
}

std::vector<uint8_t> inflate(const packed_picture& x) {
  auto wanted = static_cast<uLongf>(x.height * (x.width * x.channels + 1));
  std::vector<uint8_t> result(wanted);
  auto status = ::uncompress(result.data(), &wanted,
                             reinterpret_cast<const Bytef*>(x.data.data()),
                             static_cast<uLong>(x.data.size()));
  REQUIRE(status == Z_OK);
  REQUIRE(wanted == result.size());
  return result;
}

/// What a filter of PNG foretells of a byte from its neighbours.
int foretold(int filter, int left, int up, int corner) {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) / 2;
    case 4: {
      auto guess = left + up - corner;
      auto from_left = std::abs(guess - left);
      auto from_up = std::abs(guess - up);
      auto from_corner = std::abs(guess - corner);
      if (from_left <= from_up && from_left <= from_corner)
        return left;
      return from_up <= from_corner ? up : corner;
    }
    default:
      return 0;
  }
}

/// Undoes the filters; the rows keep their first byte.
void unfilter(std::vector<uint8_t>& bytes, const packed_picture& x) {
  auto step = x.width * x.channels + 1;
  for (size_t row = 0; row < x.height; ++row)
    for (size_t column = 1; column < step; ++column) {
      auto at = row * step + column;
      auto has_left = column > x.channels;
      auto left = has_left ? bytes[at - x.channels] : 0;
      auto up = row > 0 ? bytes[at - step] : 0;
      auto corner = has_left && row > 0 ? bytes[at - step - x.channels] : 0;
      bytes[at] = static_cast<uint8_t>(
        bytes[at] + foretold(bytes[row * step], left, up, corner));
    }
}

} // namespace

std::string elements_of(const std::string& url, const browser_window& window) {
  return run_chromium(url, window, "--dump-dom");
}

void take_screenshot(const std::string& url, const browser_window& window,
                     const std::string& file) {
  run_chromium(url, window, "--screenshot=" + file);
}

picture read_picture(const std::string& file) {
  auto packed = parse(content_of(file));
  auto bytes = inflate(packed);
  unfilter(bytes, packed);
  std::set<uint32_t> colours;
  uint64_t sum = 0;
  for (size_t row = 0; row < packed.height; ++row)
    for (size_t column = 0; column < packed.width; ++column) {
      auto at = row * (packed.width * packed.channels + 1) + 1
                + column * packed.channels;
      colours.insert(bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
      sum += bytes[at] + bytes[at + 1] + bytes[at + 2];
    }
  auto pixels = static_cast<double>(packed.width) * packed.height;
  return {static_cast<int>(packed.width), static_cast<int>(packed.height),
          colours.size(), static_cast<double>(sum) / 3 / pixels};
}

} // namespace actor_cache::test
