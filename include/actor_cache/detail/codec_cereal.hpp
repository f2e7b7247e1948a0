#pragma once

#include "actor_cache/detail/codec_pointer.hpp"

#include <cereal/cereal.hpp>

#include <type_traits>

namespace actor_cache::detail {

/// Leaves a user's `serialize`, which has no other way to report failure, once
/// the writer or reader has recorded one. Caught by `encode` and `decode`.
struct serialize_stopped {};

/// What a user's `serialize` is called with to save. Whatever it is given goes
/// through the same frontends as a value does; only the calls that cereal makes
/// for a class itself are left to cereal, class versions among them.
class cereal_saver : public cereal::OutputArchive<cereal_saver> {
public:
  using super = cereal::OutputArchive<cereal_saver>;

  explicit cereal_saver(wire::writer& out) : super(this), out_(out) {
  }

  template <class... Ts>
  cereal_saver& operator()(Ts&&... xs) {
    (add(xs), ...);
    return *this;
  }

  template <class T>
  cereal_saver& operator&(T&& x) {
    return (*this)(x);
  }

  template <class T>
  cereal_saver& operator<<(T&& x) {
    return (*this)(x);
  }

  /// Calls the `serialize` of `x`.
  template <class T>
  void serialize_class(const T& x) {
    super::operator()(x);
  }

  template <class T>
  void add(const T& x) {
    if (!save_item(out_, x))
      throw serialize_stopped{};
  }

  template <class T>
  void add(const cereal::NameValuePair<T>& x) {
    out_.field(x.name);
    add(x.value);
  }

  template <class T>
  void add(const cereal::SizeTag<T>& x) {
    out_.number(static_cast<uint64_t>(x.size));
  }

  template <class T>
  void add(const cereal::BinaryData<T>& x) {
    out_.text({static_cast<const char*>(x.data), static_cast<size_t>(x.size)});
  }

  template <class T>
  void add(const cereal::base_class<T>& x) {
    super::operator()(x);
  }

  template <class T>
  void add(const cereal::virtual_base_class<T>& x) {
    super::operator()(x);
  }

  template <class T>
  void add(const cereal::DeferredData<T>& x) {
    super::operator()(x);
  }

private:
  wire::writer& out_;
};

/// What a user's `serialize` is called with to load.
class cereal_loader : public cereal::InputArchive<cereal_loader> {
public:
  using super = cereal::InputArchive<cereal_loader>;

  explicit cereal_loader(wire::reader& in) : super(this), in_(in) {
  }

  template <class... Ts>
  cereal_loader& operator()(Ts&&... xs) {
    (add(xs), ...);
    return *this;
  }

  template <class T>
  cereal_loader& operator&(T&& x) {
    return (*this)(x);
  }

  template <class T>
  cereal_loader& operator>>(T&& x) {
    return (*this)(x);
  }

  template <class T>
  void serialize_class(T& x) {
    super::operator()(x);
  }

  template <class T>
  void add(T& x) {
    require(load_item(in_, x));
  }

  template <class T>
  void add(cereal::NameValuePair<T>& x) {
    require(in_.field(x.name));
    add(x.value);
    in_.field_done();
  }

  /// A loader of cereal's makes room for as many items as this says.
  template <class T>
  void add(cereal::SizeTag<T>& x) {
    uint64_t count = 0;
    require(in_.number(count));
    if (count > in_.remaining())
      require(in_.fail(errc::corrupt_value, "a size of " + std::to_string(count)
                                              + " exceeds what is stored"));
    x.size = static_cast<std::decay_t<T>>(count);
  }

  template <class T>
  void add(cereal::BinaryData<T>& x) {
    std::string_view bytes;
    require(in_.text(bytes));
    if (bytes.size() != x.size)
      require(in_.fail(errc::corrupt_value, "binary data of another size"));
    if (!bytes.empty())
      std::memcpy(x.data, bytes.data(), bytes.size());
  }

  template <class T>
  void add(cereal::base_class<T>& x) {
    super::operator()(x);
  }

  template <class T>
  void add(cereal::virtual_base_class<T>& x) {
    super::operator()(x);
  }

  template <class T>
  void add(cereal::DeferredData<T>& x) {
    super::operator()(x);
  }

private:
  static void require(bool ok) {
    if (!ok)
      throw serialize_stopped{};
  }

  wire::reader& in_;
};

// cereal itself stores the class version, the results of `save_minimal` and
// what was deferred, and finds these by their names.

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(cereal_saver& archive,
                               const cereal::NameValuePair<T>& x) {
  archive.add(x);
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(cereal_loader& archive,
                               cereal::NameValuePair<T>& x) {
  archive.add(x);
}

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(cereal_saver& archive, const T& x) {
  archive.add(x);
}

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(cereal_loader& archive, T& x) {
  archive.add(x);
}

inline void CEREAL_SAVE_FUNCTION_NAME(cereal_saver& archive,
                                      const std::string& x) {
  archive.add(x);
}

inline void CEREAL_LOAD_FUNCTION_NAME(cereal_loader& archive, std::string& x) {
  archive.add(x);
}

} // namespace actor_cache::detail

CEREAL_SETUP_ARCHIVE_TRAITS(actor_cache::detail::cereal_loader,
                            actor_cache::detail::cereal_saver)

namespace actor_cache::detail {

/// Types with a cereal `serialize`, `save` and `load`, or their minimal forms.
template <class T>
concept has_cereal
  = cereal::traits::is_output_serializable<T, cereal_saver>::value
    && cereal::traits::is_input_serializable<T, cereal_loader>::value;

/// Returns the archive that all classes of one value share, so that each class
/// version is stored once.
template <class Archive, class Stream>
Archive& archive_of(archive_slot<Archive>& slot, Stream& stream) {
  if (slot == nullptr)
    slot = {new Archive{stream}, [](Archive* archive) { delete archive; }};
  return *slot;
}

template <class T>
bool save_by_cereal(wire::writer& out, const T& value) {
  if (!out.enter_object())
    return false;
  archive_of(saver_access::cereal(out), out).serialize_class(value);
  out.leave_object();
  return true;
}

template <class T>
bool load_by_cereal(wire::reader& in, T& value) {
  if (!in.enter_object())
    return false;
  archive_of(loader_access::cereal(in), in).serialize_class(value);
  return in.leave_object();
}

} // namespace actor_cache::detail
