#include "actor_cache/detail/codec_pointer.hpp"

namespace actor_cache::detail {

// -- saving -------------------------------------------------------------------

saver_access::next_step
saver_access::begin_shared(wire::writer& out,
                           const std::shared_ptr<const void>& object,
                           std::type_index type, bool is_weak) {
  if (object == nullptr) {
    out.presence(false);
    return next_step::nothing;
  }
  if (out.shared_ == nullptr)
    out.shared_ = std::make_unique<wire::writer::shared_table>();
  auto& table = *out.shared_;
  auto [pos, added] = table.objects.try_emplace(
    {object.get(), type},
    wire::writer::shared_object{table.objects.size(), false});
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
                              std::type_index type) {
  out.leave();
  out.shared_->objects.at({object, type}).complete = true;
}

// -- loading ------------------------------------------------------------------

namespace {

/// Says why a reference to `found`, the shared object of that number if there
/// is one, may not be followed; empty if it may. A loop of owners would never
/// be freed, and what a codec has yet to make cannot be pointed to.
template <class SharedObject>
std::string
check_reference(const SharedObject* found, std::type_index type, bool is_weak) {
  if (found == nullptr)
    return "a reference to a shared object that is not there";
  if (found->type != type)
    return "a reference to a shared object of another type";
  if (found->object == nullptr || (!found->complete && !is_weak))
    return "a shared object contains itself";
  return {};
}

} // namespace

loader_access::next_step
loader_access::begin_shared(wire::reader& in, std::shared_ptr<void>& object,
                            size_t& slot, std::type_index type, bool is_weak) {
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
  auto index = uint64_t{0};
  if (found != tag::shared_again) {
    in.fail_found(found, "a shared object");
    return next_step::failed;
  }
  if (!in.varint(index))
    return next_step::failed;
  const auto* target = index < in.shared_.size() ? &in.shared_[index] : nullptr;
  if (auto reason = check_reference(target, type, is_weak); !reason.empty()) {
    in.fail(errc::corrupt_value, std::move(reason));
    return next_step::failed;
  }
  object = target->object;
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
