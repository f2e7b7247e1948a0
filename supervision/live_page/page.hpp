#pragma once

#include <string>

namespace actor_cache::detail {

/// What the browser gets.
struct page {
  std::string html;

  /// The Content-Security-Policy that lets this page run its own script, by its
  /// hash, and nothing else.
  std::string policy;
};

/// Puts the page together from its files.
page make_page();

} // namespace actor_cache::detail
