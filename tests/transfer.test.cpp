#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/persistent_term.hpp"

#include "support/temporary_folder.hpp"
#include "support/values.hpp"
#include "support/world.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <fstream>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// The adapters that entries move between.
const std::vector<adapter_options>& stores() {
  static const std::vector<adapter_options> result{
    ets_options{},     ets_options{.compressed = true}, agent_options{},
    counter_options{}, persistent_term_options{},       con_cache_options{}};
  return result;
}

struct two_caches : world {
  two_caches(const adapter_options& first, const adapter_options& second) {
    cache_spec a{.name = "first", .adapter = first};
    cache_spec b{.name = "second", .adapter = second};
    start({timed(a), timed(b)});
  }
};

} // namespace

TEST_CASE("a cache is copied into another one with its lifetimes",
          "[transfer]") {
  auto from = GENERATE(range(size_t{0}, stores().size()));
  auto to = GENERATE(range(size_t{0}, stores().size()));
  two_caches w{stores()[from], stores()[to]};
  auto xs = w.find<int>("first");
  auto ys = w.find<int>("second");
  for (int i = 0; i < 600; ++i)
    must(xs.put(std::to_string(i), i, i % 2 == 0 ? ttl{10s} : infinite));
  must(xs.put("over", 1, 1s));
  must(ys.put("0", -1));
  must(ys.put("mine", -2));
  w.clock()->advance(4s);
  CHECK(must(xs.copy_to(ys)) == 600);
  CHECK(must(ys.size()) == 601);
  CHECK(must(ys.get("0")) == 0);
  CHECK(must(ys.get("mine")) == -2);
  CHECK(must(ys.ttl_of("598")) == ttl{6s});
  CHECK(must(ys.ttl_of("599")) == ttl{infinite});
  w.clock()->advance(6s);
  CHECK(must(ys.get("598")) == std::nullopt);
}

TEST_CASE("a snapshot holds what a cache has", "[transfer]") {
  auto from = GENERATE(range(size_t{0}, stores().size()));
  auto to = stores().size() - 1 - from;
  two_caches w{stores()[from], stores()[to]};
  temporary_folder folder;
  auto path = folder.path() + "/users.snapshot";
  auto xs = w.find<user>("first");
  auto ys = w.find<user>("second");
  must(xs.put("ada", {"Ada", 36}, 1h));
  must(xs.put("bob", {"Bob", 7}));
  CHECK(must(xs.save_snapshot(path)) == 2);
  CHECK(must(ys.load_snapshot(path)) == 2);
  CHECK(must(ys.get("ada")) == user{"Ada", 36});
  auto left = must(ys.ttl_of("ada"))->span();
  CHECK(left <= 1h);
  CHECK(left > 55min); // by the wall clock
  CHECK(must(ys.ttl_of("bob")) == ttl{infinite});
  auto wrong = w.find<int>("second").load_snapshot(path);
  CHECK(code_of(wrong) == errc::type_mismatch);
  CHECK(text_of(wrong).find(path) != std::string::npos);
}

TEST_CASE("a snapshot that is none changes nothing", "[transfer]") {
  two_caches w{stores()[0], stores()[1]};
  temporary_folder folder;
  auto xs = w.find<int>("first");
  auto path = folder.path() + "/x";
  CHECK(code_of(xs.load_snapshot(path)) == errc::io_error);
  std::ofstream{path} << "something else";
  CHECK(code_of(xs.load_snapshot(path)) == errc::corrupt_value);
  CHECK(code_of(xs.save_snapshot(folder.path() + "/none/x")) == errc::io_error);
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("a copy by mail is one too", "[transfer]") {
  two_caches w{stores()[0], stores()[0]};
  auto xs = w.find<int>("first");
  must(xs.put("a", 1));
  auto mail = cache<int>::over_mail(w.system(), "second",
                                    must(w.find<int>("second").actor()));
  CHECK(must(xs.copy_to(mail)) == 1);
  CHECK(must(w.find<int>("second").get("a")) == 1);
  CHECK(must(mail.copy_to(xs)) == 1);
}
