#include "tests/bench/postgres_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "tests/bench/support.h"

namespace qrpay::bench {

namespace fs = std::filesystem;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kSettings = R"(
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = minimal
max_wal_senders = 0
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
max_connections = 100
)";

// `post(n)`: n transfers between random accounts in one commit. Rows are locked in order of their
// ids, so that clients never wait for each other in a circle.
constexpr std::string_view kSchema = R"(
CREATE TABLE accounts (id bigint PRIMARY KEY, debits bigint NOT NULL DEFAULT 0,
  credits bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE transfers (id bigint PRIMARY KEY, debit bigint NOT NULL, credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  recorded timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE SEQUENCE ids CACHE 10000;
CREATE FUNCTION post(n int, accounts_max int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE d bigint[]; c bigint[]; a bigint[];
BEGIN
  SELECT array_agg(x), array_agg((x + 1 + (random() * (accounts_max - 2))::int) % accounts_max),
         array_agg(1 + (random() * 999999)::int)
    INTO d, c, a FROM (SELECT (random() * (accounts_max - 1))::int AS x
                         FROM generate_series(1, n)) AS r;
  INSERT INTO transfers (id, debit, credit, amount)
    SELECT nextval('ids'), u.d, u.c, u.a FROM unnest(d, c, a) AS u(d, c, a);
  PERFORM 1 FROM accounts WHERE id = ANY(d || c) ORDER BY id FOR UPDATE;
  UPDATE accounts SET debits = debits + s.d, credits = credits + s.c
    FROM (SELECT m.id, sum(m.d) AS d, sum(m.c) AS c
            FROM (SELECT unnest(d) AS id, unnest(a) AS d, 0 AS c
                  UNION ALL SELECT unnest(c), 0, unnest(a)) AS m GROUP BY m.id) AS s
   WHERE accounts.id = s.id;
END $$;
)";

// The newest server that Debian installed.
std::string find_programs() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
    if (fs::exists(entry.path() / "bin/initdb")) found.push_back(entry.path() / "bin");
  std::ranges::sort(found);
  return found.empty() ? "" : found.back();
}

}  // namespace

// All that is printed. It does not run as root, so root becomes the user that Debian made for it.
Result<std::string> PostgresFloor::run(std::string const& command) const {
  std::string const as_user = ::geteuid() == 0 ? "runuser -u postgres -- " : "";
  std::string const line = "cd " + folder_ + " && " + as_user + command + " 2>&1";
  FILE* const pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return fail(Errc::kIo, command);
  std::string out;
  char piece[4096];
  while (std::size_t const got = ::fread(piece, 1, sizeof piece, pipe)) out.append(piece, got);
  if (::pclose(pipe) != 0) return fail(Errc::kIo, command + ": " + out);
  return out;
}

Result<std::string> PostgresFloor::sql(std::string const& text) const {
  put_file("command.sql", text);
  return run(programs_ + "/psql -X -q -t -A -v ON_ERROR_STOP=1 -h " + folder_ +
             " -d postgres -U postgres -f " + folder_ + "/command.sql");
}

void PostgresFloor::put_file(std::string const& name, std::string const& text) const {
  std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
  fs::permissions(folder_ + "/" + name, fs::perms::others_read, fs::perm_options::add);
}

Result<std::unique_ptr<PostgresFloor>> PostgresFloor::start(std::size_t accounts) {
  std::unique_ptr<PostgresFloor> floor(new PostgresFloor);
  floor->programs_ = find_programs();
  if (floor->programs_.empty()) return fail(Errc::kIo, "PostgreSQL is not installed");
  // On a disk, where the server's own user can reach it.
  std::string name = "/var/tmp/qrpay-postgres-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return fail(Errc::kIo, "mkdtemp");
  floor->folder_ = name;
  fs::permissions(name, fs::perms::all);
  QRPAY_TRY_VOID(floor->begin(accounts));
  return floor;
}

Result<void> PostgresFloor::begin(std::size_t accounts) {
  QRPAY_TRY(version_, run(programs_ + "/postgres --version"));
  // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
  std::size_t const at = std::min(version_.find(") ") + 2, version_.size());
  version_ = "PostgreSQL " + version_.substr(at, version_.find_first_of(" \n", at) - at);
  QRPAY_TRY_VOID(run(programs_ + "/initdb -D data -U postgres -A trust --locale=C"));
  put_file("settings.conf",
           std::string(kSettings) + "unix_socket_directories = '" + folder_ + "'\n");
  QRPAY_TRY_VOID(run("sh -c 'cat settings.conf >> data/postgresql.conf'"));
  QRPAY_TRY_VOID(run(programs_ + "/pg_ctl -D data -w -l log start > /dev/null"));
  started_ = true;
  std::string const count = std::to_string(accounts);
  QRPAY_TRY_VOID(sql(std::string(kSchema) + "INSERT INTO accounts (id) SELECT generate_series(0, " +
                     count + " - 1);\nVACUUM ANALYZE accounts;\nCHECKPOINT;\n"));
  put_file("accounts", count);
  return {};
}

double PostgresFloor::transfers_per_second(std::size_t batch, unsigned clients) {
  std::ifstream in(folder_ + "/accounts");
  std::string accounts;
  in >> accounts;
  put_file("post.sql", "SELECT post(" + std::to_string(batch) + ", " + accounts + ");\n");
  std::string const all = std::to_string(clients);
  auto const out = must(run(programs_ + "/pgbench -n -M prepared -T 5 -c " + all + " -j 2 -h " +
                            folder_ + " -U postgres -f post.sql postgres"),
                        "pgbench");
  std::size_t const at = out.find("tps = ");
  check(at != out.npos, "pgbench: " + out);
  double const commits = std::strtod(out.c_str() + at + 6, nullptr);
  auto const sound = must(
      sql("SELECT sum(debits) = sum(credits) AND sum(debits) = (SELECT sum(amount) FROM transfers) "
          "FROM accounts;\n"),
      "psql");
  check(sound == "t\n", "PostgreSQL: the books do not balance");
  return commits * static_cast<double>(batch);
}

PostgresFloor::~PostgresFloor() {
  if (started_) {
    auto const stopped = run(programs_ + "/pg_ctl -D data -m immediate -w stop");
    if (!stopped) print_note("postgres", to_string(stopped.error()));
  }
  std::error_code ignored;  // what stays behind is a temporary directory
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace qrpay::bench
