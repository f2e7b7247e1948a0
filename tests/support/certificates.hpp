#pragma once

#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace actor_cache::test {

/// A private key and its certificate, in files.
struct certificate {
  std::string file;
  std::string key_file;
};

/// What a certificate of a test is to say.
struct certificate_options {
  /// For whom it is, as OpenSSL writes it: "DNS:localhost,IP:127.0.0.1".
  std::string names = "DNS:localhost,IP:127.0.0.1";

  bool expired = false;
};

/// An authority that signs the certificates of a test.
class authority {
public:
  /// @param folder where its files go; `name` keeps them apart from others'
  authority(std::string folder, std::string name);

  ~authority();

  /// Returns the file with the certificate of the authority itself.
  const std::string& file() const noexcept {
    return own_.file;
  }

  /// Makes a key and a certificate for it.
  certificate sign(const std::string& name, certificate_options options = {});

private:
  certificate make(const std::string& name, const certificate_options* options);

  std::string folder_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> issuer_;
  certificate own_;
};

} // namespace actor_cache::test
