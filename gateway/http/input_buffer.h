// What was read from a connection and not yet parsed. Inner part of the server.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace qrpay::gateway::http {

/// Its size is bounded by RequestReader, which refuses a header, or a chunk's header, without end.
class InputBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] std::string_view text() const { return {bytes_.data() + begin_, size()}; }
  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Place for `n` more bytes, until the next call of anything.
  [[nodiscard]] std::span<char> room(std::size_t n) {
    if (begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (bytes_.size() < end_ + n) bytes_.resize(end_ + n);
    return std::span(bytes_).subspan(end_, n);
  }
  void commit(std::size_t n) { end_ += n; }

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace qrpay::gateway::http
