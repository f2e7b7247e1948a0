#include "tree_head.hpp"

#include "../encoding/checksum.hpp"
#include "../ets/file_format.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

namespace actor_cache::dets_store {

namespace {

using ets_table::append_number;
using ets_table::number_at;

constexpr std::string_view head_place{"\0head", 5};
constexpr std::string_view state_place{"\0state", 6};
constexpr std::string_view magic{"\x89"
                                 "ACDETS\n",
                                 8};

int write(MDB_txn* transaction, MDB_dbi table, std::string_view place,
          std::string text) {
  append_number(text, detail::crc32c(text));
  auto key = to_val(place);
  auto value = to_val(text);
  return mdb_put(transaction, table, &key, &value, 0);
}

/// Returns the bytes of a record, which are `size`; nothing where it is not
/// there, of another size, or damaged.
std::optional<std::string_view> read(MDB_txn* transaction, MDB_dbi table,
                                     std::string_view place, size_t size) {
  auto key = to_val(place);
  MDB_val value;
  if (mdb_get(transaction, table, &key, &value) != 0
      || value.mv_size != size + sizeof(uint32_t))
    return std::nullopt;
  auto bytes = to_view(value);
  if (number_at<uint32_t>(bytes.data() + size)
      != detail::crc32c(bytes.substr(0, size)))
    return std::nullopt;
  return bytes.substr(0, size);
}

} // namespace

caf::expected<tree_head> read_head(MDB_txn* transaction, MDB_dbi table,
                                   const std::string& path) {
  tree_head result;
  auto head = read(transaction, table, head_place, magic.size() + 5);
  if (!head || !head->starts_with(magic))
    return damaged(path, "it is an LMDB file, but no dets file");
  result.format = number_at<uint32_t>(head->data() + magic.size());
  if (result.format != newest_format)
    return damaged(path, fmt::format("its format is version {}; known is {}",
                                     result.format, newest_format));
  auto type = number_at<uint8_t>(head->data() + magic.size() + 4);
  if (type > static_cast<uint8_t>(ets_type::duplicate_bag))
    return damaged(path, "its type is unknown");
  result.type = static_cast<ets_type>(type);
  auto state = read(transaction, table, state_place, 16);
  if (!state)
    return damaged(path, "what it says about its state is damaged");
  result.state = {number_at<uint64_t>(state->data()),
                  number_at<uint64_t>(state->data() + 8)};
  return result;
}

int write_head(MDB_txn* transaction, MDB_dbi table, ets_type type) {
  std::string text{magic};
  append_number(text, newest_format);
  append_number(text, static_cast<uint8_t>(type));
  return write(transaction, table, head_place, std::move(text));
}

int write_state(MDB_txn* transaction, MDB_dbi table, const tree_state& state) {
  std::string text;
  append_number(text, state.sequence);
  append_number(text, state.generation);
  return write(transaction, table, state_place, std::move(text));
}

} // namespace actor_cache::dets_store
