#pragma once

#include "actor_cache/sandbox.hpp"

#include "world.hpp"

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace actor_cache::test {

/// One adapter, reached by one road: what the adapter contract runs over.
struct subject {
  std::string name;
  std::function<adapter_options()> options;
  actor_cache::road road;

  /// Set where the store holds objects, not bytes, and knows their types.
  bool live = true;

  /// Set where a `put` replaces what its key has; a bag adds to that.
  bool one_per_key = true;

  /// Set where the store is the cache's alone, which therefore knows what
  /// becomes of each entry.
  bool owned = true;

  /// Where the clock of a server is, to be moved along with the test's.
  std::function<std::atomic<int64_t>&()> server_clock = nullptr;

  /// Whether the cache is a sandboxed one.
  bool sandboxed = false;

  friend std::ostream& operator<<(std::ostream& out, const subject& x) {
    return out << x.name;
  }
};

/// Adds to each subject with a direct road the same one by mail.
std::vector<subject> with_mail(std::vector<subject> xs);

/// Returns all adapters, those with a direct road by mail as well. A new
/// adapter is added here and nowhere else.
const std::vector<subject>& subjects();

/// Returns those that hold one value under each key, as a map does.
std::vector<subject> maps();

/// Returns those whose cache knows what becomes of each entry.
std::vector<subject> owned_stores();

std::vector<subject> owned_maps();

/// A running cache of one subject.
class contract_world : public world {
public:
  explicit contract_world(const subject& what, cache_spec spec = {});

  /// Returns a handle that takes the road of the subject.
  template <class V>
  cache<V> open() {
    auto result = find<V>(cache_name);
    if (road_ == road::direct)
      return result;
    return cache<V>::over_mail(system(), cache_name, must(result.actor()));
  }

  /// Kills the actor that answers the test and waits until another one does.
  void crash(std::string_view name);

  static constexpr const char* cache_name = "subject";

protected:
  actor_cache::road taken() const noexcept {
    return road_;
  }

private:
  road road_;
  std::optional<sandbox_scope> box_;
};

} // namespace actor_cache::test
