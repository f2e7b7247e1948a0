#pragma once

#include <cstddef>
#include <string>

namespace actor_cache::test {

/// What the browser is like.
struct browser_window {
  int width = 1400;
  int height = 1000;
  bool dark = false;
};

/// Opens a page in Chromium without a window and returns its elements as HTML,
/// after it has run for some seconds of the page's own time.
std::string elements_of(const std::string& url,
                        const browser_window& window = {});

/// Writes what the page looks like to a PNG file.
void take_screenshot(const std::string& url, const browser_window& window,
                     const std::string& file);

/// What is in a PNG file.
struct picture {
  int width = 0;
  int height = 0;

  /// How many colours there are.
  size_t colours = 0;

  /// The mean of all pixels, from 0 for black to 255 for white.
  double brightness = 0;
};

/// Fails the test where the file is no PNG as Chromium writes them.
picture read_picture(const std::string& file);

} // namespace actor_cache::test
