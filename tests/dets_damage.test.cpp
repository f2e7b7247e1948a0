#include "support/dets_fixture.hpp"

#include "../adapters/encoding/checksum.hpp"
#include "../adapters/ets/file_format.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <random>

namespace {

/// Fills a table and returns the bytes of its file.
std::string filled(dets_fixture& table, int count = 300) {
  check_ok(table.start());
  for (int i = 0; i < count; ++i)
    table.put(fmt::format("key{}", i), i);
  take(table.store->put("large", {term::of(std::string(20'000, 'x'))},
                        table.clock->now()));
  check_ok(table.store->stop());
  return bytes_of(table.path());
}

/// Makes a table too large for each of its records to be checked at the start,
/// with values that have pages of their own, and returns the bytes of its file.
std::string filled_with_large(dets_fixture& table) {
  check_ok(table.start());
  for (int i = 0; i < 5000; ++i)
    take(table.store->put(fmt::format("key{}", i),
                          {term::of(std::string(3000, 'x'))},
                          table.clock->now()));
  for (int i = 0; i < 4; ++i) { // each leaves pages free
    check_ok(table.backend().sync());
    table.put("few", i);
  }
  // None have room for this one: it is at the end.
  take(table.store->put("last", {term::of(std::string(200'000, 'x'))},
                        table.clock->now()));
  check_ok(table.store->stop());
  auto result = bytes_of(table.path());
  REQUIRE(result.size() > size_t{16} << 20);
  return result;
}

/// Starts a table that must refuse its file and leave it as it is.
void check_refused(dets_fixture& table, const std::string& reason) {
  auto before = bytes_of(table.path());
  check_names(table.start(), errc::corrupt_value, table.path(), reason);
  table.store.reset();
  CHECK(bytes_of(table.path()) == before);
}

} // namespace

TEST_CASE("a file that is no table's is refused and left alone", "[dets]") {
  dets_fixture table;
  auto content = GENERATE(std::string{}, std::string{"a letter to my aunt"},
                          std::string(20'000, '\0'), std::string(20'000, 'x'),
                          std::string{"\x89"
                                      "ACETS\r\n and so on"});
  write_bytes(table.path(), content);
  check_refused(table, content.empty() ? "it is empty" : "it is no dets file");
  CHECK(inspect_dets_file(table.path()).error() == errc::corrupt_value);
}

TEST_CASE("a file of LMDB's that is no table's is refused", "[dets]") {
  dets_fixture table;
  {
    MDB_env* env = nullptr;
    REQUIRE(mdb_env_create(&env) == 0);
    REQUIRE(mdb_env_open(env, table.path().c_str(), MDB_NOSUBDIR, 0644) == 0);
    MDB_txn* transaction = nullptr;
    REQUIRE(mdb_txn_begin(env, nullptr, 0, &transaction) == 0);
    MDB_dbi all = 0;
    REQUIRE(mdb_dbi_open(transaction, nullptr, 0, &all) == 0);
    auto key = dets_store::to_val("theirs");
    REQUIRE(mdb_put(transaction, all, &key, &key, 0) == 0);
    REQUIRE(mdb_txn_commit(transaction) == 0);
    mdb_env_close(env);
  }
  check_refused(table, "no dets file");
}

TEST_CASE("a file from a newer version is refused", "[dets]") {
  dets_fixture table;
  auto bytes = filled(table, 3);
  std::string head{"\x89"
                   "ACDETS\n"};
  auto at = bytes.find(head);
  REQUIRE(at != std::string::npos);
  std::string text = head;
  ets_table::append_number(text, uint32_t{2});
  text += '\0';
  ets_table::append_number(text, detail::crc32c(text));
  for (; at != std::string::npos; at = bytes.find(head, at + 1))
    bytes.replace(at, text.size(), text);
  write_bytes(table.path(), bytes);
  check_refused(table, "its format is version 2; known is 1");
}

TEST_CASE("a file that was cut off is refused, wherever that was", "[dets]") {
  dets_fixture table;
  auto bytes = filled(table);
  for (size_t size = 1; size < bytes.size(); size += size < 9000 ? 611 : 4096) {
    write_bytes(table.path(), std::string_view{bytes}.substr(0, size));
    auto err = table.start();
    table.store.reset();
    if (err != errc::corrupt_value)
      FAIL("cut off after " << size << " of " << bytes.size()
                            << " bytes: " << message_of(err));
    CHECK_THAT(message_of(err), ContainsSubstring(table.path()));
  }
}

TEST_CASE("no bit can flip and change what a table says, or end the process",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled(table);
  std::mt19937_64 random{GENERATE(1u, 2u, 3u, 4u)};
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    auto flipped = bytes;
    auto bit = random() % (8 * bytes.size());
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_bytes(table.path(), flipped);
    CAPTURE(bit);
    if (auto err = table.start(); !err.empty()) {
      CHECK(err == errc::corrupt_value);
      CHECK_THAT(message_of(err), ContainsSubstring(table.path()));
      table.store.reset();
      CHECK(bytes_of(table.path()) == flipped);
      ++refused;
      continue;
    }
    for (int i = 0; i < 300; ++i) {
      auto found = take(table.store->get(fmt::format("key{}", i), at(0s)));
      REQUIRE(found);
      if (auto value = found->value.as<int>())
        CHECK(*value == i);
      else
        CHECK(value.error() == errc::corrupt_value);
    }
    table.put("more", 1);
    check_ok(table.store->stop());
    table.store.reset();
  }
  CHECK(refused > 0);
}

TEST_CASE("a large file that was cut off is refused, wherever that was",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled_with_large(table);
  for (auto lost : {size_t{1}, size_t{4096}, size_t{100'000}, size_t{1} << 20,
                    size_t{8} << 20, bytes.size() - 30'000}) {
    CAPTURE(lost);
    write_bytes(table.path(),
                std::string_view{bytes}.substr(0, bytes.size() - lost));
    check_names(table.start(), errc::corrupt_value, table.path(), "cut off");
    table.store.reset();
  }
}

TEST_CASE("no bit in a leaf of a large file can flip and lead a reader astray",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled_with_large(table);
  std::vector<size_t> leaves;
  for (size_t at = 2 * 4096; at < bytes.size(); at += 4096)
    if (bytes[at + 10] == 2 && bytes[at + 11] == 0) // its flags
      leaves.push_back(at);
  REQUIRE(leaves.size() > 10);
  auto refused = 0;
  auto try_bit = [&](size_t at, int bit) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
    write_bytes(table.path(), flipped);
    auto err = table.start();
    if (!err.empty()) {
      CHECK(err == errc::corrupt_value);
      ++refused;
      return;
    }
    for (int i = 0; i < 5000; ++i) {
      auto found = table.store->get(fmt::format("key{}", i),
                                    table.clock->now());
      if (!found)
        CHECK(found.error() == errc::corrupt_value);
      else if (!*found)
        FAIL("lost key" << i << " by bit " << bit << " of byte " << at);
    }
    check_ok(table.store->stop());
  };
  std::mt19937 random{GENERATE(1u, 2u)};
  for (int round = 0; round < 12; ++round) {
    auto page = leaves[random() % leaves.size()];
    auto first = page + ets_table::number_at<uint16_t>(&bytes[page + 16]);
    try_bit(page + 16 + random() % 64, static_cast<int>(random() % 8));
    try_bit(first + 3, 7); // two GiB more
    try_bit(first + random() % 8, static_cast<int>(random() % 8));
  }
  CHECK(refused > 0);
}

TEST_CASE("two caches cannot have one file", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("k", 1);
  auto other = dets_options{.file_path = table.path()}.make({"other"});
  check_names(other->start(), errc::unavailable, table.path(),
              "in use by another process, or by another cache of this one");
  CHECK(table.get("k") == 1);
  check_ok(table.store->stop());
  auto third = dets_options{.file_path = table.path()}.make({"third"});
  check_ok(third->start());
  CHECK(take(third->size(at(0s))) == 1);
  check_ok(third->stop());
}
