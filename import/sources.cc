#include "import/sources.h"

#include <utility>

namespace qrpay::import {

using base::Errc;
using base::Result;

namespace {

/// Names the file where a line of it is wrong.
Result<void> in_file(std::string const& path, Result<void> result) {
  if (result || result.error().errc != Errc::kImportRefused) return result;
  base::Error error = result.error();
  if (error.detail.starts_with("line ")) error.detail.insert(0, path + " ");
  return base::Unexpected(std::move(error));
}

/// Calls `use` with each line.
template <class Use>
Result<void> for_each_line(std::string const& path, Pass const& pass, Use const& use) {
  QRPAY_TRY(LineReader reader, LineReader::open(path));
  for (;;) {
    QRPAY_TRY(auto const line, reader.next());
    if (!line) break;
    QRPAY_TRY_VOID(use(*line));
    if (pass.on_progress && line->number % kLinesPerProgress == 0)
      pass.on_progress(reader.bytes_read(), reader.file_bytes());
  }
  if (pass.on_progress) pass.on_progress(reader.bytes_read(), reader.file_bytes());
  return {};
}

/// Rows below a header.
template <class ReadColumns, class Use>
Result<void> for_each_row(std::string const& path, Pass const& pass, ReadColumns const& read,
                          Use const& use) {
  std::optional<Columns> columns;
  QRPAY_TRY_VOID(for_each_line(path, pass, [&](Line const& line) -> Result<void> {
    QRPAY_TRY(Row const row, split_row(line));
    if (columns) return use(row, *columns);
    QRPAY_TRY(columns, read(row));
    return {};
  }));
  if (!columns) return refuse(1, "", "no header");
  return {};
}

Result<void> read_transfers(TransferFiles const& files, TransferOptions const& options,
                            Pass& pass) {
  TransferBook book(pass, options);
  auto const add_account = [&](Row const& row, Columns const& columns) -> Result<void> {
    QRPAY_TRY(AccountLine const line, read_account(row, columns));
    return book.add(line);
  };
  auto const add_transfer = [&](Row const& row, Columns const& columns) -> Result<void> {
    QRPAY_TRY(TransferLine const line, read_transfer(row, columns));
    return book.add(line);
  };
  QRPAY_TRY_VOID(in_file(files.accounts,
                         for_each_row(files.accounts, pass, read_account_columns, add_account)));
  QRPAY_TRY_VOID(in_file(files.transfers,
                         for_each_row(files.transfers, pass, read_transfer_columns, add_transfer)));
  QRPAY_TRY_VOID(in_file(files.transfers, book.finish()));
  return in_file(files.accounts, book.check_closed());
}

Result<void> read_logs(std::string const& file, FormanceOptions const& options, Pass& pass) {
  FormanceBook book(pass, options);
  return in_file(file, for_each_line(file, pass, [&](Line const& line) -> Result<void> {
                   QRPAY_TRY(FormanceLog const log, read_formance(line));
                   return book.add(log);
                 }));
}

}  // namespace

Source transfers_csv(TransferFiles const& files, TransferOptions const& options) {
  return {files.accounts, files.transfers,
          [=](Pass& pass) { return read_transfers(files, options, pass); }};
}

Source formance_ndjson(std::string const& file, FormanceOptions const& options) {
  return {file, file, [=](Pass& pass) { return read_logs(file, options, pass); }};
}

}  // namespace qrpay::import
