#include "actor_cache/detail/codec_pointer.hpp"

namespace actor_cache::detail {

// -- saving -------------------------------------------------------------------

saver_access::next_step
saver_access::begin_shared(wire::writer& out,
                           const std::shared_ptr<const void>& object,
                           uint64_t type, bool is_weak) {
  if (object == nullptr) {
    out.presence(false);
    return next_step::nothing;
  }
  if (out.shared_ == nullptr)
    out.shared_ = std::make_unique<wire::writer::shared_table>();
  auto& table = *out.shared_;
  auto [pos, added] = table.objects.try_emplace({object.get(), type},
                                                wire::writer::shared_object{
                                                  table.objects.size(), false});
  if (added) {
    table.kept.push_back(object);
    out.put(wire::tag::shared);
    return out.enter() ? next_step::contents : next_step::failed;
  }
  if (!pos->second.complete && !is_weak) {
    out.fail("it contains itself through shared pointers");
    return next_step::failed;
  }
  out.put(wire::tag::shared_again);
  out.size(pos->second.id);
  return next_step::nothing;
}

void saver_access::end_shared(wire::writer& out, const void* object,
                              uint64_t type) {
  out.leave();
  out.shared_->objects.at({object, type}).complete = true;
}

// -- loading ------------------------------------------------------------------

namespace {

/// Checks that a reference may be followed: what it names must exist and be of
/// the type that is asked for, and a loop of owners would never be freed.
bool check_reference(wire::reader& in, size_t index, size_t known,
                     bool same_type, bool complete, bool is_weak) {
  if (index >= known)
    return in.fail(errc::corrupt_value,
                   "a reference to the shared object number "
                     + std::to_string(index) + " of "
                     + std::to_string(known));
  if (!same_type)
    return in.fail(errc::type_mismatch,
                   "a reference to a shared object of another type");
  if (!complete && !is_weak)
    return in.fail(errc::corrupt_value, "a shared object contains itself");
  return true;
}

} // namespace

loader_access::next_step
loader_access::begin_shared(wire::reader& in, std::shared_ptr<void>& object,
                            size_t& slot, uint64_t type, bool is_weak) {
  using wire::tag;
  auto found = tag{};
  if (!in.next(found, "a shared object"))
    return next_step::failed;
  if (found == tag::absent)
    return next_step::nothing;
  if (found == tag::shared) {
    slot = in.shared_.size();
    in.shared_.push_back({nullptr, type, false});
    return in.enter() ? next_step::contents : next_step::failed;
  }
  if (found != tag::shared_again) {
    in.fail_found(found, "a shared object");
    return next_step::failed;
  }
  auto wide = uint64_t{0};
  if (!in.varint(wide))
    return next_step::failed;
  auto known = in.shared_.size();
  auto index = wide < known ? static_cast<size_t>(wide) : known;
  auto usable = index < known && in.shared_[index].object != nullptr;
  if (!check_reference(in, index, known,
                       index < known && in.shared_[index].type == type,
                       usable && in.shared_[index].complete, is_weak))
    return next_step::failed;
  object = in.shared_[index].object;
  return next_step::nothing;
}

void loader_access::set_shared(wire::reader& in, size_t slot,
                               std::shared_ptr<void> object) {
  in.shared_[slot].object = std::move(object);
}

void loader_access::end_shared(wire::reader& in, size_t slot) {
  in.leave();
  in.shared_[slot].complete = true;
}

} // namespace actor_cache::detail
