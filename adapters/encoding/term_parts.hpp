#pragma once

#include "actor_cache/term.hpp"

namespace actor_cache::detail {

struct term_parts {
  /// Makes a term that takes over one reference to `box`.
  static term make(const term_type* type, term_box* box) noexcept {
    return term{type, box};
  }

  static const term_type* type(const term& x) noexcept {
    return x.type_;
  }

  /// Returns the box of a term that has one, without its reference.
  static term_box* box(const term& x) noexcept {
    return x.box_;
  }

  /// Tells whether the value lies in a box, live or encoded.
  static bool boxed(const term& x) noexcept {
    return x.boxed();
  }
};

} // namespace actor_cache::detail
