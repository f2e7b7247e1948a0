#pragma once

#include "actor_cache/messages.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

namespace actor_cache {

namespace detail {

template <class List>
struct interface_of;

template <class... Ops>
struct interface_of<op_list<Ops...>> {
  using type = caf::typed_actor<caf::result<typename Ops::result>(Ops)...>;
};

} // namespace detail

/// The actor that owns one cache: its lifetime, its sweeps, and the mail road
/// into it. Answers each message of the namespace `msg` with the message's
/// `result`.
using cache_actor = detail::interface_of<detail::core_ops>::type;

} // namespace actor_cache
