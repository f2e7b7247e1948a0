// JSON documents in a cache: parts of them are read and changed in place.
// Runs in memory, without a Redis server.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/adapters/redis_stand_in.hpp"
#include "actor_cache/id_block.hpp"
#include "actor_cache/json.hpp"
#include "actor_cache/redis.hpp"

#include "support/must.hpp"

#include <caf/all.hpp>

#include <iostream>

using examples::must;

namespace {

using json = nlohmann::ordered_json;
using carts = actor_cache::cache<json, actor_cache::redis>;

void shop(const carts& xs) {
  must(xs.json_set("cart:1", json{{"customer", "Ada"},
                                  {"items", json::array()},
                                  {"total", 0}}));
  // Paths are texts or lists.
  must(xs.json_array_append("cart:1", ".items",
                            json{{"sku", "tea"}, {"price", 4.5}},
                            json{{"sku", "cup"}, {"price", 12}}));
  must(xs.json_incr("cart:1", ".total", 4.5));
  must(xs.json_incr("cart:1", {"total"}, 12));
  std::cout << "first item: "
            << must(xs.json_get<std::string>("cart:1", ".items[0].sku")).value()
            << "\nlast price: "
            << must(xs.json_get("cart:1", {"items", -1, "price"})).value()
            << "\nall: "
            << must(xs.json_get("cart:1", "$.items[*].sku")).value()
            << "\ntotal: " << must(xs.json_get("cart:1", ".total")).value()
            << "\n";
}

/// What is not there is an error that says so, and changes nothing.
void go_wrong(const carts& xs) {
  std::cout << actor_cache::message_of(xs.json_get("cart:1", ".coupon").error())
            << "\n"
            << actor_cache::message_of(xs.json_set("cart:2", ".a", 1).error())
            << "\n"
            << std::boolalpha << "put below nothing: "
            << must(xs.json_set("cart:1", ".gift.card", 5)) << "\n";
}

void caf_main(caf::actor_system& system) {
  auto supervisor = must(actor_cache::start_supervisor(
    system,
    {actor_cache::cache_spec{
      .name = "carts", .adapter = actor_cache::redis_stand_in_options{}}}));
  auto xs = must(carts::find(system, "carts"));
  shop(xs);
  go_wrong(xs);
  must(xs.json_clear("cart:1", ".items"));
  std::cout << must(xs.json_get("cart:1")).value().dump() << "\n";
  must(actor_cache::stop_supervisor(system, supervisor));
}

} // namespace

CAF_MAIN(caf::id_block::actor_cache)
