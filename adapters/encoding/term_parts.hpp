#pragma once

#include "actor_cache/term.hpp"

#include <string_view>

namespace actor_cache::detail {

struct term_parts {
  /// Makes a term that takes over one reference to `box`.
  static term make(const term_type* type, term_box* box) noexcept {
    return term{type, box};
  }

  /// Does what `term::from_bytes` does, for bytes that stay where they are.
  static term of_bytes(std::string_view bytes);

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

  /// Describes values of that type in boxes of another kind.
  static term_type
  in_other_boxes(term_type of, const void* (*object)(const term_box*) noexcept,
                 void (*destroy)(term_box*) noexcept) noexcept {
    of.object = object;
    of.destroy = destroy;
    of.box_size = 0;
    return of;
  }

  // -- values in the memory of a store ----------------------------------------

  /// Returns how much room the box of `x` takes in a block of its store's, or 0
  /// where it cannot go there: others have the value, too, or it cannot move.
  static size_t room_in_store(const term& x) noexcept {
    if (!x.boxed() || x.box_->references.load(std::memory_order_acquire) != 1)
      return 0;
    return x.type_->box_size;
  }

  /// Moves the value of `x`, for which there must be room in the store, into a
  /// block (from `malloc`). From then on the block lives as long as the value.
  /// @param x keeps what is left, whose destructor is the user's code
  static term move_into(char* block, size_t offset, term& x) noexcept {
    auto* box = x.type_->move(x.box_, block + offset);
    box->offset = static_cast<uint32_t>(offset);
    return term{x.type_, box};
  }

  /// Tells whether the value of `x` lies at that place of a store's block. (A
  /// box with a block of its own may begin where the store's block ends.)
  static bool lies_at(const term& x, const void* place) noexcept {
    return x.boxed() && x.box_ == place && x.box_->offset != 0;
  }

  /// Returns the room that its box takes.
  static size_t box_size(const term& x) noexcept {
    return x.type_->box_size;
  }

  /// Drops a value that lies in a block of its store's; `x` is gone then.
  /// @returns whether it was the last reference: the block is to be freed
  static bool drop_from_store(term& x) noexcept {
    if (x.box_->references.fetch_sub(1, std::memory_order_acq_rel) != 1)
      return false;
    x.type_->end(x.box_);
    return true;
  }
};

} // namespace actor_cache::detail
