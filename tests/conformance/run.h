// Runs a file of test vectors against the product, row by row. The rows of each kind are checked in
// a file of their own; a new kind is a function here and a line in run.cc.
#pragma once

#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace qrpay::conformance {

/// One row and what is wrong with the product's answer; no problem means that it passed.
struct Row {
  std::string name;
  std::vector<std::string> problems;
};

/// Texts, tiers, reason codes, fields, and back to text.
[[nodiscard]] std::vector<Row> check_vietqr(boost::json::value const& file);
/// Hashes, proofs, tiles and their paths, keys, notes, checkpoints, cosignatures, receipts.
[[nodiscard]] std::vector<Row> check_merkle(boost::json::value const& file);
/// Codes found in a note among the open ones, those proposed, and the verdict of each class.
[[nodiscard]] std::vector<Row> check_match(boost::json::value const& file);
/// The code in each note, with all codes of the file open at once.
[[nodiscard]] std::vector<Row> check_transfer_content(boost::json::value const& file);
/// Words north and south, the plain sentence, its ASCII, its clips, the display form.
[[nodiscard]] std::vector<Row> check_vnd_words(boost::json::value const& file);

/// Adds "what: GOT, wanted WANTED" to `problems` when the two differ.
void expect_equal(std::vector<std::string>& problems, std::string_view what, std::string_view got,
                  std::string_view wanted);

/// `arguments`: --kind=KIND --file=PATH. Prints a line to `out` for each problem, then
/// "N passed, N failed". Returns 0 when all rows passed, 1 when one failed or there were none, and
/// 2 with a line on `err` for wrong arguments or a file that cannot be read as that kind.
[[nodiscard]] int run(std::vector<std::string> const& arguments, std::ostream& out,
                      std::ostream& err);

}  // namespace qrpay::conformance
