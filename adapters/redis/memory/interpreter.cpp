#include "interpreter.hpp"

#include "../../json/command.hpp"
#include "command_table.hpp"

#include <algorithm>
#include <array>

namespace actor_cache::redis_wire {

using namespace detail;

namespace {

const command_entry* find_command(std::string_view name) {
  auto lower = to_lower(name);
  for (auto table : {string_commands(), number_commands(), hash_commands(),
                     set_commands(), list_commands(), key_commands()}) {
    auto found = std::find_if(table.begin(), table.end(),
                              [&](const auto& x) { return x.name == lower; });
    if (found != table.end())
      return &*found;
  }
  return nullptr;
}

redis_error unknown(std::string_view name) {
  return {fmt::format("ERR unknown command '{}': the in-memory stand-in for "
                      "Redis does not have it",
                      name.substr(0, 128))};
}

redis_reply run_json(keyspace& keys, const std::vector<std::string>& command) {
  const auto& key = command[1];
  auto found = keys.find_as<json_document>(key);
  if (found.wrong_type)
    return redis_error{"Existing key has wrong Redis type"};
  std::optional<json_document> document;
  if (found.value != nullptr)
    document.emplace(std::move(*found.value));
  auto result = run_json_command(document, command);
  if (!document)
    keys.erase(key);
  else
    keys.open(key).value = std::move(*document);
  return std::move(result.reply);
}

} // namespace

std::optional<redis_error>
check_command(const std::vector<std::string>& command) {
  if (command.empty())
    return redis_error{"ERR a command without a name; accepted are a name and "
                       "its arguments"};
  const auto& name = command[0];
  if (is_json_command(name)) {
    if (command.size() < 2)
      return *wrong_arity(to_lower(name)).error();
    return std::nullopt;
  }
  const auto* found = find_command(name);
  if (found == nullptr)
    return unknown(name);
  auto words = static_cast<int>(command.size());
  if (found->arity > 0 ? words != found->arity : words < -found->arity)
    return *wrong_arity(found->name).error();
  return std::nullopt;
}

redis_reply run_command(keyspace& keys,
                        const std::vector<std::string>& command) {
  if (auto err = check_command(command))
    return *err;
  if (is_json_command(command[0]))
    return run_json(keys, command);
  return find_command(command[0])->run(keys, command);
}

} // namespace actor_cache::redis_wire
