#pragma once

// The user-defined types that the tests of the encoding share: one for each way
// to make a type encodable.

#include "actor_cache/codec.hpp"

#include <caf/default_enum_inspect.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace samples {

/// Encodable as it is.
enum class color : uint8_t { red, green, blue };

/// Checks what it reads, by CAF's means.
enum class level : uint8_t { low = 1, high = 2 };

inline std::string to_string(level x) {
  return x == level::low ? "low" : "high";
}

inline bool from_string(actor_cache::detail::caf_string_view, level&) {
  return false;
}

inline bool from_integer(uint8_t number, level& x) {
  x = static_cast<level>(number);
  return number == 1 || number == 2;
}

template <class Inspector>
bool inspect(Inspector& f, level& x) {
  return caf::default_enum_inspect(f, x);
}

/// By cereal, with named members.
struct point {
  int32_t x = 0;
  double y = 0;

  bool operator==(const point&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(x), CEREAL_NVP(y));
  }
};

/// By cereal's save and load, outside the class, without names.
struct polygon {
  std::string title;
  std::vector<point> corners;
  std::map<std::string, std::vector<int>> tags;
  std::pair<color, std::optional<point>> fill;

  bool operator==(const polygon&) const = default;
};

template <class Archive>
void save(Archive& archive, const polygon& x) {
  archive(x.title, x.corners, x.tags, x.fill);
}

template <class Archive>
void load(Archive& archive, polygon& x) {
  archive(x.title, x.corners, x.tags, x.fill);
}

/// By cereal's minimal form.
struct celsius {
  double degrees = 0;

  bool operator==(const celsius&) const = default;

  template <class Archive>
  double save_minimal(const Archive&) const {
    return degrees;
  }

  template <class Archive>
  void load_minimal(const Archive&, const double& value) {
    degrees = value;
  }
};

/// By a CAF inspect, with everything that its fields can be.
struct user {
  std::string name;
  uint16_t age = 0;
  std::optional<std::string> mail;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<int64_t>> scores;
  level rank = level::low;
  int retries = 3;

  bool operator==(const user&) const = default;
};

template <class Inspector>
bool inspect(Inspector& f, user& x) {
  return f.object(x).fields(
    f.field("name", x.name), f.field("age", x.age), f.field("mail", x.mail),
    f.field("groups", x.groups), f.field("scores", x.scores),
    f.field("rank", x.rank), f.field("retries", x.retries).fallback(3));
}

/// By a codec, because it has no default constructor.
class account_id {
public:
  explicit account_id(uint64_t number) : number_(number) {
  }

  uint64_t number() const {
    return number_;
  }

  auto operator<=>(const account_id&) const = default;

private:
  uint64_t number_;
};

/// By cereal, holding types of the other two kinds.
struct account {
  user owner;
  std::vector<account_id> ids;
  std::shared_ptr<point> home;

  bool operator==(const account& other) const {
    return owner == other.owner && ids == other.ids
           && (home == nullptr) == (other.home == nullptr)
           && (home == nullptr || *home == *other.home);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(owner), CEREAL_NVP(ids), CEREAL_NVP(home));
  }
};

/// By inspect, holding types of the other two kinds.
struct team {
  std::vector<point> places;
  std::unique_ptr<user> leader;
  std::vector<account_id> ids{account_id{7}};

  bool operator==(const team& other) const {
    return places == other.places && ids == other.ids
           && (leader == nullptr) == (other.leader == nullptr)
           && (leader == nullptr || *leader == *other.leader);
  }
};

template <class Inspector>
bool inspect(Inspector& f, team& x) {
  return f.object(x).fields(f.field("places", x.places),
                            f.field("leader", x.leader), f.field("ids", x.ids));
}

/// A list that owns its rest.
struct chain {
  int value = 0;
  std::unique_ptr<chain> next;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(value), CEREAL_NVP(next));
  }
};

/// Returns a chain of `length` objects.
inline chain make_chain(int length) {
  auto result = chain{length, nullptr};
  for (auto i = length - 1; i > 0; --i) {
    auto longer = chain{i, nullptr};
    longer.next = std::make_unique<chain>(std::move(result));
    result = std::move(longer);
  }
  return result;
}

/// A tree of itself, by inspect.
struct tree {
  std::string label;
  std::vector<tree> branches;

  bool operator==(const tree&) const = default;
};

template <class Inspector>
bool inspect(Inspector& f, tree& x) {
  return f.object(x).fields(f.field("label", x.label),
                            f.field("branches", x.branches));
}

/// Holds nothing.
struct nothing {
  bool operator==(const nothing&) const = default;

  template <class Archive>
  void serialize(Archive&) {
  }
};

} // namespace samples

template <>
struct actor_cache::codec<samples::account_id> {
  static caf::error save(wire::writer& out, const samples::account_id& x) {
    return write(out, x.number());
  }

  static caf::expected<samples::account_id> load(wire::reader& in) {
    auto number = read<uint64_t>(in);
    if (!number)
      return number.error();
    return samples::account_id{*number};
  }
};
