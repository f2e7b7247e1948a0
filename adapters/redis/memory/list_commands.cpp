#include "command_table.hpp"

#include <algorithm>
#include <array>

namespace actor_cache::redis_wire {

namespace {

enum class list_end { left, right };

template <list_end End, bool Create>
redis_reply push(keyspace& keys, command_args args) {
  auto list = Create ? keys.open_as<redis_list>(args[1])
                     : keys.find_as<redis_list>(args[1]);
  if (list.wrong_type)
    return wrong_type();
  if (list.value == nullptr)
    return int64_t{0};
  for (size_t i = 2; i < args.size(); ++i)
    if (End == list_end::left)
      list.value->push_front(args[i]);
    else
      list.value->push_back(args[i]);
  return integer(list.value->size());
}

template <list_end End>
std::string take(redis_list& list) {
  auto result = End == list_end::left ? list.front() : list.back();
  if (End == list_end::left)
    list.pop_front();
  else
    list.pop_back();
  return result;
}

template <list_end End>
redis_reply pop(keyspace& keys, command_args args) {
  auto name = to_lower(args[0]);
  if (args.size() > 3)
    return wrong_arity(name);
  auto many = args.size() == 3;
  auto count = many ? to_integer(args[2]) : int64_t{1};
  if (!count || *count < 0)
    return redis_error{"ERR value is out of range, must be positive"};
  auto list = keys.find_as<redis_list>(args[1]);
  if (list.wrong_type)
    return wrong_type();
  if (list.value == nullptr)
    return {};
  redis_reply::array taken;
  for (; *count > 0 && !list.value->empty(); --*count)
    taken.emplace_back(take<End>(*list.value));
  keys.erase_if_empty(args[1], *list.value);
  return many ? redis_reply{std::move(taken)} : std::move(taken[0]);
}

redis_reply range(keyspace& keys, command_args args) {
  auto first = to_integer(args[2]);
  auto last = to_integer(args[3]);
  if (!first || !last)
    return not_an_integer();
  auto list = keys.find_as<redis_list>(args[1]);
  if (list.wrong_type)
    return wrong_type();
  redis_reply::array result;
  if (list.value == nullptr)
    return redis_reply{std::move(result)};
  auto size = static_cast<int64_t>(list.value->size());
  auto from_end = [size](int64_t x) { return x < 0 ? x + size : x; };
  auto begin = std::max<int64_t>(from_end(*first), 0);
  auto end = std::min(from_end(*last), size - 1);
  for (auto i = begin; i <= end; ++i)
    result.emplace_back((*list.value)[static_cast<size_t>(i)]);
  return redis_reply{std::move(result)};
}

redis_reply at(keyspace& keys, command_args args) {
  auto list = keys.find_as<redis_list>(args[1]);
  if (list.wrong_type)
    return wrong_type();
  if (list.value == nullptr)
    return {};
  auto index = to_integer(args[2]);
  if (!index)
    return not_an_integer();
  auto size = static_cast<int64_t>(list.value->size());
  auto position = *index < 0 ? *index + size : *index;
  if (position < 0 || position >= size)
    return {};
  return (*list.value)[static_cast<size_t>(position)];
}

redis_reply size(keyspace& keys, command_args args) {
  auto list = keys.find_as<redis_list>(args[1]);
  if (list.wrong_type)
    return wrong_type();
  return integer(list.value != nullptr ? list.value->size() : 0);
}

constexpr auto commands = std::to_array<command_entry>({
  {"lindex", 3, at},
  {"llen", 2, size},
  {"lpop", -2, pop<list_end::left>},
  {"lpush", -3, push<list_end::left, true>},
  {"lpushx", -3, push<list_end::left, false>},
  {"lrange", 4, range},
  {"rpop", -2, pop<list_end::right>},
  {"rpush", -3, push<list_end::right, true>},
  {"rpushx", -3, push<list_end::right, false>},
});

} // namespace

std::span<const command_entry> list_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
