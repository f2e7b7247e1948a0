#pragma once

#include <memory>
#include <ostream>
#include <string>

namespace actor_cache::test {

/// A value as users have them, with CAF's inspection.
struct user {
  std::string name;
  int age = 0;

  friend bool operator==(const user&, const user&) = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, user& x) {
    return f.object(x).fields(f.field("name", x.name), f.field("age", x.age));
  }

  friend std::ostream& operator<<(std::ostream& out, const user& x) {
    return out << x.name << " (" << x.age << ')';
  }
};

/// A value that can be moved but not copied, with cereal.
struct boxed {
  std::unique_ptr<std::string> content;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(content);
  }
};

} // namespace actor_cache::test
