#include "rehydration.hpp"

#include "actor_cache/errc.hpp"

#include "../file_name.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace actor_cache::ets_table {

namespace {

constexpr size_t page_size = 256;

} // namespace

rehydration::rehydration(const ets_options& options,
                         const adapter_context& context,
                         std::function<wall_time()> wall_clock)
  : folder_(options.rehydration_path),
    name_(context.cache_name),
    compression_(context.compression),
    clock_(context.clock),
    wall_clock_(std::move(wall_clock)) {
  if (!folder_.empty())
    path_
      = (std::filesystem::path{folder_} / detail::file_name_of(name_, ".ets"))
          .string();
}

time_point rehydration::now() const noexcept {
  return clock_ ? clock_->now() : time_point::clock::now();
}

caf::error rehydration::explain(const caf::error& reason,
                                std::string_view what) const {
  auto code = reason.category() == caf::type_id_v<errc>
                ? static_cast<errc>(reason.code())
                : errc::io_error;
  return make_error(code, fmt::format("cache '{}': {}: {}", name_, what,
                                      message_of(reason)));
}

caf::error rehydration::load(adapter& table) const {
  if (path_.empty())
    return {};
  std::error_code failure;
  std::filesystem::create_directories(folder_, failure);
  // A directory that cannot be written to shows now, not when the table is to
  // be saved.
  if (!failure && ::access(folder_.c_str(), R_OK | W_OK | X_OK) == -1)
    failure = {errno, std::system_category()};
  if (failure)
    return make_error(errc::io_error,
                      fmt::format("cache '{}': rehydration_path '{}' cannot be "
                                  "used: {}",
                                  name_, folder_, failure.message()));
  auto exists = std::filesystem::exists(path_, failure);
  if (!exists && !failure)
    return {};
  auto time = now();
  auto add = [&](std::string key, term value, ttl remaining) -> caf::error {
    auto stored
      = table.put(key, entry{std::move(value), remaining.deadline(time)}, time);
    return stored ? caf::error{} : std::move(stored.error());
  };
  auto done = read_ets_file(path_, wall_clock_(), add);
  return done ? caf::error{}
              : explain(done.error(), "its table was not loaded; remove the "
                                      "file to start without it");
}

caf::error rehydration::save(adapter& table) const {
  if (path_.empty())
    return {};
  if (auto err = write(table); !err.empty())
    return explain(err, "its table was not saved");
  return {};
}

caf::error rehydration::write(adapter& table) const {
  auto time = now();
  auto out = ets_file_writer::create(path_, name_, wall_clock_());
  if (!out)
    return std::move(out.error());
  std::string cursor;
  do {
    auto page = table.scan(cursor, page_size, time);
    if (!page)
      return std::move(page.error());
    for (const auto& [key, content] : page->entries)
      if (content.fresh(time))
        if (auto err = out->add(key, content.value, content.remaining(time),
                                compression_);
            !err.empty())
          return err;
    cursor = std::move(page->cursor);
  } while (!cursor.empty());
  return out->commit();
}

} // namespace actor_cache::ets_table
