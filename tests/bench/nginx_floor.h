// nginx with a constant JSON answer: the floor that HTTP numbers stand beside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace qrpay::bench {

/// Runs nginx (Debian's nginx-light) on a free loopback port until destroyed.
class NginxFloor {
 public:
  /// Errors: kIo when nginx is not installed or does not start within 5 s.
  [[nodiscard]] static base::Result<std::unique_ptr<NginxFloor>> start(unsigned workers,
                                                                       std::string_view json);
  ~NginxFloor();
  NginxFloor(NginxFloor const&) = delete;
  NginxFloor& operator=(NginxFloor const&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  NginxFloor() = default;
  std::string directory_;
  std::uint16_t port_ = 0;
  int process_ = -1;
};

}  // namespace qrpay::bench
