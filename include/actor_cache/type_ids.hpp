#pragma once

#include <caf/type_id.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache {

enum class child_kind : uint8_t;
enum class child_state : uint8_t;
enum class errc : uint8_t;
enum class event_kind : uint8_t;
enum class restart_strategy : uint8_t;
enum class restart_type : uint8_t;
enum class value_origin : uint8_t;

class redis_reply;
class term;
class ttl;

struct cache_event;
struct cache_stats;
struct child_counts;
struct child_info;
struct dets_details;
struct entry_page;
struct ets_details;
struct explanation;
struct field_page;
struct found_entry;
struct json_text;
struct key_page;
struct lease;
struct load_options;
struct object_list;
struct supervisor_info;

} // namespace actor_cache

namespace actor_cache::telemetry {

struct event;
struct statsd_counts;

} // namespace actor_cache::telemetry

namespace actor_cache::msg {

struct abandon;
struct acquire;
struct allow;
struct await_load;
struct clear;
struct command;
struct contains;
struct count_children;
struct decrement;
struct delete_child;
struct describe;
struct dets_info;
struct erase;
struct erase_if;
struct erase_many;
struct erase_object;
struct ets_info;
struct explain;
struct find_sandbox;
struct fulfil;
struct get;
struct get_entry;
struct get_many;
struct hash_delete;
struct hash_get;
struct hash_get_all;
struct hash_get_many;
struct hash_scan;
struct hash_set;
struct hash_set_many;
struct hash_values;
struct increment;
struct json_array_append;
struct json_clear;
struct json_delete;
struct json_get;
struct json_incr;
struct json_set;
struct lookup;
struct pipeline;
struct put;
struct put_if;
struct put_many;
struct put_new;
struct register_cache;
struct replace;
struct replace_object;
struct restart_child;
struct rewrite;
struct sadd;
struct scan;
struct scan_keys;
struct scard;
struct sismember;
struct size;
struct smembers;
struct srem;
struct start_child;
struct start_sandbox;
struct stats;
struct stop_sandbox;
struct sync;
struct take;
struct take_all;
struct terminate_child;
struct touch;
struct transaction;
struct ttl_of;
struct unregister_cache;
struct which_children;

} // namespace actor_cache::msg

namespace actor_cache::detail {

struct call_threw;
struct landed;
struct lock_grant;
struct parked_mail;
struct tenancy_changed;

} // namespace actor_cache::detail

/// The first of the type IDs that this library takes. Define it before any of
/// our headers, for the library and the application alike, where it would clash
/// with the application's own.
#ifndef ACTOR_CACHE_FIRST_TYPE_ID
#  define ACTOR_CACHE_FIRST_TYPE_ID (caf::first_custom_type_id + 800)
#endif

CAF_BEGIN_TYPE_ID_BLOCK(actor_cache, ACTOR_CACHE_FIRST_TYPE_ID)

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::errc))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::ttl))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::term))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::found_entry))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::entry_page))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::lease))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::load_options))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::cache_stats))
CAF_ADD_TYPE_ID(actor_cache, (std::optional<actor_cache::ttl>))
CAF_ADD_TYPE_ID(actor_cache, (std::optional<actor_cache::term>))
CAF_ADD_TYPE_ID(actor_cache, (std::optional<actor_cache::found_entry>))
CAF_ADD_TYPE_ID(actor_cache, (std::vector<std::optional<actor_cache::term>>))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::get))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::get_entry))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::put))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::put_new))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::replace))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::put_if))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::rewrite))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::erase))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::erase_if))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::take))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::touch))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::increment))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::decrement))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::contains))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::ttl_of))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::get_many))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::put_many))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::erase_many))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::size))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::clear))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::scan))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::stats))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::acquire))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::await_load))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::fulfil))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::abandon))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::field_page))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::json_text))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::key_page))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::redis_reply))
CAF_ADD_TYPE_ID(actor_cache, (std::optional<actor_cache::json_text>))
CAF_ADD_TYPE_ID(actor_cache, (std::vector<actor_cache::redis_reply>))
CAF_ADD_TYPE_ID(actor_cache, (std::vector<actor_cache::term>))
CAF_ADD_TYPE_ID(actor_cache,
                (std::vector<std::pair<std::string, actor_cache::term>>))
CAF_ADD_TYPE_ID(actor_cache,
                (std::vector<std::vector<std::optional<actor_cache::term>>>))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_get))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_get_all))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_get_many))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_values))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_set))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_set_many))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_delete))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::hash_scan))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::sadd))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::srem))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::smembers))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::sismember))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::scard))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::scan_keys))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_get))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_set))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_delete))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_incr))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_clear))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::json_array_append))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::command))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::pipeline))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::transaction))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::child_kind))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::child_state))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::restart_strategy))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::restart_type))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::child_counts))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::child_info))
CAF_ADD_TYPE_ID(actor_cache, (std::vector<actor_cache::child_info>))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::supervisor_info))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::which_children))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::count_children))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::describe))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::start_child))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::terminate_child))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::restart_child))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::delete_child))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::start_sandbox))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::stop_sandbox))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::register_cache))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::unregister_cache))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::allow))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::find_sandbox))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::detail::call_threw))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::detail::landed))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::detail::parked_mail))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::detail::tenancy_changed))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::event_kind))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::cache_event))
CAF_ADD_TYPE_ID(actor_cache, (std::vector<actor_cache::cache_event>))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::detail::lock_grant))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::value_origin))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::explanation))
CAF_ADD_TYPE_ID(actor_cache, (std::optional<actor_cache::explanation>))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::explain))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::telemetry::event))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::telemetry::statsd_counts))

CAF_ADD_TYPE_ID(actor_cache, (actor_cache::object_list))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::dets_details))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::ets_details))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::lookup))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::take_all))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::erase_object))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::replace_object))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::dets_info))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::ets_info))
CAF_ADD_TYPE_ID(actor_cache, (actor_cache::msg::sync))

CAF_END_TYPE_ID_BLOCK(actor_cache)
