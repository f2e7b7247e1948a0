#pragma once

#include "actor_cache/detail/codec_dispatch.hpp"

#include <memory>
#include <type_traits>
#include <typeindex>
#include <utility>

namespace actor_cache::detail {

/// What an object needs to be encoded through a pointer to it.
template <class T>
consteval bool is_pointee() {
  static_assert(!std::is_polymorphic_v<T> || std::is_final_v<T>,
                "actor_cache: a pointer to a class with virtual functions "
                "cannot be encoded, because the bytes could then choose the "
                "class. Use std::variant, mark the class final, or specialise "
                "actor_cache::codec for the pointer.");
  static_assert(!std::is_array_v<T>,
                "actor_cache: a pointer to an array cannot be encoded. Use "
                "std::vector.");
  static_assert(std::default_initializable<T> || has_codec<T>,
                "actor_cache: decoding a pointer makes an empty object and "
                "then fills it, but this type has no (public) default "
                "constructor. Give it one, or specialise actor_cache::codec "
                "for it.");
  return true;
}

template <class T>
struct standard<std::unique_ptr<T>> {
  // What it points to may be incomplete here, and may contain this very type.
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::unique_ptr<T>& value) {
    static_assert(is_pointee<std::remove_const_t<T>>());
    out.presence(value != nullptr);
    if (value == nullptr)
      return true;
    if (!out.enter() || !save_item<std::remove_const_t<T>>(out, *value))
      return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, std::unique_ptr<T>& value) {
    static_assert(is_pointee<std::remove_const_t<T>>());
    value.reset();
    auto is_present = false;
    if (!in.presence(is_present))
      return false;
    if (!is_present)
      return true;
    if (!in.enter() || !load_pointee(in, value))
      return false;
    in.leave();
    return true;
  }

private:
  static bool load_pointee(wire::reader& in, std::unique_ptr<T>& value) {
    using type = std::remove_const_t<T>;
    if constexpr (has_codec<type>) {
      return load_new<type>(in, [&value](type&& x) {
        value = std::make_unique<type>(std::move(x));
      });
    } else {
      auto target = std::make_unique<type>();
      if (!load_item(in, *target))
        return false;
      value = std::move(target);
      return true;
    }
  }
};

/// Shared pointers: an object that several of them share is stored once. The
/// tables live in the writer and the reader; adapters/encoding/shared.cpp keeps
/// them. They go by the C++ type, because bytes must not be able to pass one
/// class off as another of the same name.
struct saver_access {
  enum class next_step { nothing, contents, failed };

  /// Appends a reference to the object if it was stored before, or opens it.
  static next_step begin_shared(wire::writer& out,
                                const std::shared_ptr<const void>& object,
                                std::type_index type, bool is_weak);
  static void end_shared(wire::writer& out, const void* object,
                         std::type_index type);

  static archive_slot<cereal_saver>& cereal(wire::writer& out) {
    return out.cereal_;
  }
};

struct loader_access {
  enum class next_step { nothing, contents, failed };

  /// Reads a reference into `object`, or opens an object that is yet to be
  /// read and that `slot` numbers.
  static next_step begin_shared(wire::reader& in, std::shared_ptr<void>& object,
                                size_t& slot, std::type_index type,
                                bool is_weak);
  static void set_shared(wire::reader& in, size_t slot,
                         std::shared_ptr<void> object);
  static void end_shared(wire::reader& in, size_t slot);

  static archive_slot<cereal_loader>& cereal(wire::reader& in) {
    return in.cereal_;
  }
};

template <class T>
bool save_shared(wire::writer& out, const std::shared_ptr<T>& value,
                 bool is_weak) {
  static_assert(is_pointee<std::remove_const_t<T>>());
  using type = std::remove_const_t<T>;
  using step = saver_access::next_step;
  auto next = saver_access::begin_shared(out, value, typeid(type), is_weak);
  if (next != step::contents)
    return next == step::nothing;
  if (!save_item<type>(out, *value))
    return false;
  saver_access::end_shared(out, value.get(), typeid(type));
  return true;
}

template <class T>
bool load_shared(wire::reader& in, std::shared_ptr<T>& value, bool is_weak) {
  static_assert(is_pointee<std::remove_const_t<T>>());
  using type = std::remove_const_t<T>;
  using step = loader_access::next_step;
  auto object = std::shared_ptr<void>{};
  size_t slot = 0;
  auto next = loader_access::begin_shared(in, object, slot, typeid(type),
                                          is_weak);
  value = std::static_pointer_cast<type>(object);
  if (next != step::contents)
    return next == step::nothing;
  if constexpr (has_codec<type>) {
    auto set = [&value](type&& x) {
      value = std::make_shared<type>(std::move(x));
    };
    if (!load_new<type>(in, set))
      return false;
    loader_access::set_shared(in, slot, std::const_pointer_cast<type>(value));
  } else {
    // Known before it is read: a weak pointer inside may point back at it.
    auto target = std::make_shared<type>();
    value = target;
    loader_access::set_shared(in, slot, target);
    if (!load_item(in, *target))
      return false;
  }
  loader_access::end_shared(in, slot);
  return true;
}

template <class T>
struct standard<std::shared_ptr<T>> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::shared_ptr<T>& value) {
    return save_shared(out, value, false);
  }

  static bool load(wire::reader& in, std::shared_ptr<T>& value) {
    return load_shared(in, value, false);
  }
};

/// A weak pointer comes back expired unless a shared pointer of the same value
/// holds its object.
template <class T>
struct standard<std::weak_ptr<T>> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::weak_ptr<T>& value) {
    return save_shared(out, value.lock(), true);
  }

  static bool load(wire::reader& in, std::weak_ptr<T>& value) {
    auto object = std::shared_ptr<T>{};
    if (!load_shared(in, object, true))
      return false;
    value = object;
    return true;
  }
};

} // namespace actor_cache::detail
