#!/usr/bin/env python3
"""Each rule of tidy.py refuses what it should and passes the rest. Runs as `tidy_selftest`."""

import io
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import tidy  # noqa: E402  (needs the path above)


def findings_of(files: dict[str, str]) -> list[tidy.Finding]:
    """Checks a tree made of `files` (path -> text) and a CMakeLists.txt that lists its sources."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        sources = "\n".join(path for path in files if path.endswith(".cc"))
        for path, text in {"CMakeLists.txt": sources + "\n", **files}.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text, encoding="utf-8")
        return tidy.check_tree(top)


def rules_of(path: str, text: str) -> list[str]:
    if path.endswith(".h") and "#pragma once" not in text:
        text = "#pragma once\n" + text
    return sorted({finding.rule for finding in findings_of({path: text})})


def lines(count: int, line: str = "  f();") -> str:
    return "\n".join([line] * count)


# Rule, path, text that must be refused with this rule and with no other.
REFUSED = [
    ("arrow", "base/a.cc", '#include "ledger/record.h"\n'),
    ("arrow", "qr/a.cc", '#include "ledger/record.h"\n'),
    ("arrow", "ledger/a.cc", '#include "engine/order.h"\n'),
    ("arrow", "ledger/a.cc", '#include "qr/payload.h"\n'),
    ("arrow", "engine/a.cc", '  #  include "audit/ratio.h"\n'),
    ("arrow", "audit/a.h", '#include "gateway/json/json.h"\n'),
    ("arrow", "gateway/json/a.cc", '#include "gateway/http/router.h"\n'),
    ("arrow", "gateway/json/a.cc", '#include "ledger/record.h"\n'),
    ("arrow", "gateway/http/a.cc", '#include "engine/engine.h"\n'),
    ("arrow", "gateway/auth/a.cc", '#include "gateway/api/orders.h"\n'),
    ("arrow", "gateway/api/a.cc", '#include "gateway/server.h"\n'),
    ("arrow", "gateway/api/a.cc", '#include "cli/config.h"\n'),
    ("arrow", "base/a.cc", '#include "tests/support.h"\n'),
    ("include-path", "base/a.cc", '#include "money.h"\n'),
    ("include-path", "cli/a.cc", '#include "../base/money.h"\n'),
    ("sole-includer", "ledger/store.h", "#include <rocksdb/db.h>\n"),
    ("sole-includer", "engine/rocks_store.cc", "#include <rocksdb/db.h>\n"),
    ("sole-includer", "gateway/http/session.h", "#include <boost/beast/http.hpp>\n"),
    ("sole-includer", "gateway/api/a.cc", "#include <boost/asio.hpp>\n"),
    ("sole-includer", "gateway/http/a.cc", "#include <boost/json.hpp>\n"),
    ("sole-includer", "ledger/a.h", "#include <boost/container/small_vector.hpp>\n"),
    ("sole-includer", "engine/a.cc", "#include <boost/unordered/unordered_flat_map.hpp>\n"),
    ("sole-includer", "gateway/api/a.cc", "#include <boost/url/parse.hpp>\n"),
    ("sole-includer", "base/a.cc", "#include <boost/optional.hpp>\n"),
    ("sole-includer", "ledger/vault.cc", "#include <openssl/evp.h>\n"),
    ("sole-includer", "qr/scan/scan.cc", "#include <qrencode.h>\n"),
    ("sole-includer", "qr/draw/symbol.cc", "#include <ZXing/ReadBarcode.h>\n"),
    ("sole-includer", "qr/draw/symbol.cc", "#include <png.h>\n"),
    ("sole-includer", "qr/picture/png.cc", "#include <jpeglib.h>\n"),
    ("sole-includer", "qr/picture/png.cc", "#include <webp/decode.h>\n"),
    ("sole-includer", "qr/draw/svg.cc", "#include <cairo/cairo.h>\n"),
    ("arrow", "qr/draw/svg.cc", '#include "qr/poster/poster.h"\n'),
    ("arrow", "qr/payload.cc", '#include "qr/draw/symbol.h"\n'),
    ("sole-includer", "qr/payload.cc", "#include <utf8proc.h>\n"),
    ("sole-includer", "gateway/api/a.cc", "#include <CLI/CLI.hpp>\n"),
    ("sole-includer", "engine/a.cc", "#include <toml++/toml.h>\n"),
    ("sole-includer", "engine/a.cc", "#include <spdlog/spdlog.h>\n"),
    ("sole-includer", "engine/a.cc", "#include <gtest/gtest.h>\n"),
    ("sole-includer", "tests/base/a.cc", "#include <benchmark/benchmark.h>\n"),
    ("sole-includer", "gateway/json/a.cc", "#include <nlohmann/json.hpp>\n"),
    ("exceptions", "base/a.cc", "void f() { throw 1; }\n"),
    ("exceptions", "ledger/a.cc", "void f() { try { g(); } catch (...) {} }\n"),
    ("exceptions", "engine/a.cc", "void f() { throw 1; }\n"),
    ("exceptions", "audit/a.cc", "void f() { throw 1; }\n"),
    ("exceptions", "qr/payload_build.cc", "void f() { throw 1; }\n"),
    ("floating-point", "base/money.h", "double half(int dong);\n"),
    ("floating-point", "engine/a.cc", "float x;\n"),
    ("floating-point", "audit/ratio.cc", "auto x = static_cast<double>(y);\n"),
    ("clock", "cli/a.cc", "auto t = std::chrono::system_clock::now();\n"),
    ("clock", "qr/a.cc", "auto t = time( nullptr );\n"),
    ("clock", "tests/base/a.cc", "auto t = std::time(NULL);\n"),
    ("clock", "engine/a.cc", "using C = std::chrono::steady_clock;\n"),
    ("clock", "gateway/http/a.cc", "void f() { clock_gettime(CLOCK_REALTIME, &t); }\n"),
    ("randomness", "gateway/http/a.cc", "int x = std::rand();\n"),
    ("randomness", "tests/sim/a.cc", "std::random_device d;\n"),
    ("environment", "base/a.cc", 'auto* x = std::getenv("HOME");\n'),
    ("sleep", "tests/e2e/a.cc", "void f() { std::this_thread::sleep_for(1s); }\n"),
    ("sleep", "tests/e2e/a.cc", "void f() { usleep(5); }\n"),
    ("sleep", "tests/e2e/a.py", "import time\ntime.sleep(1)\n"),
    ("using-namespace", "base/a.h", "using namespace std;\n"),
    ("ndebug", "base/a.cc", "#ifdef NDEBUG\n#endif\n"),
    ("ndebug", "base/CMakeLists.txt", "add_compile_definitions(NDEBUG)\n"),
    ("skipped-test", "tests/base/a.cc", "TEST(A, B) { GTEST_SKIP(); }\n"),
    ("skipped-test", "tests/base/a.cc", "TEST(A, DISABLED_B) {}\n"),
    ("switch-default", "cli/a.cc",
     "int f(Errc e) { switch (e) { case Errc::kTooLarge: return 1; default: return 2; } }\n"),
    ("switch-default", "engine/a.cc",
     "using enum Outcome;\nvoid f() { switch (o) { case kPaid: break; default: break; } }\n"),
    ("switch-default", "engine/a.cc",
     "void f() { switch (c) { case 'a': switch (o) { case a::Outcome::kPaid: default: ; } } }\n"),
    ("columns", "base/a.cc", "// " + "x" * 98 + "\n"),
    ("columns", "base/a.cc", "// " + "ộ" * 98 + "\n"),
    ("columns", "tests/a.py", "# " + "x" * 99 + "\n"),
    ("file-length", "base/a.cc", "\n" * 501),
    ("function-length", "base/a.cc", "void f() {\n" + lines(69) + "\n}\n"),
    ("function-length", "base/a.cc", "namespace a {\nstruct B {\n  int f() const noexcept {\n" +
     lines(69) + "\n  }\n};\n}\n"),
    ("function-length", "tests/base/a.cc", "TEST(A, B) {\n" + lines(69) + "\n}\n"),
    ("function-length", "base/a.cc", "bool operator==(A a, A b) {\n" + lines(69) + "\n}\n"),
    ("function-length", "base/a.cc",
     "void f() {\n" + lines(68) + "\n  case kA:\n    return 1;\n}\n"),
    ("todo", "base/a.cc", "// TODO: later\n"),
    ("todo", "base/a.cc", "// FIXME\n"),
    ("todo", "dev", "# TODO(someone): later\n"),
    ("machine-path", "tests/base/a.cc", 'auto x = "/tmp/x";\n'),
    ("machine-path", "docs/a.md", "Look into /home/me/qrpay.\n"),
    ("machine-path", "CMakePresets.json", '{"a": "/root"}\n'),
    ("cmake-glob", "base/CMakeLists.txt", "file(GLOB sources *.cc)\n"),
    ("cmake-glob", "base/x.cmake", "file( glob_recurse sources *.cc)\n"),
    ("pragma-once", "base/a.h", "int f();\n#pragma once\n"),
    ("room", "tools/a.cc", "int x;\n"),
]

# Path, text that must pass.
ALLOWED = [
    ("engine/a.cc", '#include "engine/order.h"\n#include "ledger/book.h"\n#include "base/ids.h"\n'),
    ("gateway/http/a.cc", '#include "gateway/json/json.h"\n#include "gateway/http/router.h"\n'),
    ("gateway/api/a.cc", '#include "gateway/auth/keys.h"\n#include "qr/payload.h"\n'),
    ("gateway/server.cc", '#include "gateway/server.h"\n#include "gateway/api/orders.h"\n'),
    ("cli/a.cc", '#include "gateway/server.h"\n#include <CLI/CLI.hpp>\n#include <toml++/toml.h>\n'),
    ("tests/cli/a.cc", '#include <gtest/gtest.h>\n#include "cli/config.h"\n'),
    ("base/a.cc", '// #include "ledger/record.h"\n/*\n#include <rocksdb/db.h>\n*/\n'),
    ("base/a.cc", "#include <string_view>\n#include <unistd.h>\n#include <sys/stat.h>\n"),
    ("ledger/rocks_store.cc", "#include <rocksdb/db.h>\n"),
    ("gateway/http/session.cc", "#include <boost/beast.hpp>\n#include <boost/asio/ssl.hpp>\n"),
    ("tests/bench/http.cc", "#include <boost/asio.hpp>\n#include <benchmark/benchmark.h>\n"),
    ("base/containers.h", "#include <boost/container/small_vector.hpp>\n"),
    ("base/crypto.cc", "#include <openssl/evp.h>\n"),
    ("gateway/json/json.cc", "#include <boost/json.hpp>\n"),
    ("gateway/http/router.cc", "#include <boost/url/parse.hpp>\n#include <spdlog/spdlog.h>\n"),
    ("tests/qr/draw/encoder_test.cc", "#include <qrencode.h>\n"),
    ("qr/picture/png.cc", "#include <png.h>\n"),
    ("base/text.cc", "#include <utf8proc.h>\n"),
    ("tests/a.py", "x = 'time.sleep(1)'  # sleep(1)\n"),
    ("qr/scan/reader.cc", "#include <ZXing/ReadBarcode.h>\n"),
    ("ledger/a.cc", '// double entry: never throw\nauto x = "try { float }";\nQRPAY_TRY(a, b);\n'),
    ("ledger/a.cc", 'auto x = R"(" throw )"; // catch\n'),
    ("ledger/a.cc", """char c = '"'; /* throw */ char d = '"'; char e = '\\''; // throw\n"""),
    ("engine/a.cc", "long x = 1'000'000; // throw\nlong y = 2'000; int redouble;\n"),
    ("cli/a.cc", "void f() { try { g(); } catch (...) {} double x = 1; getenv(n); }\n"),
    ("base/world.cc", "auto t = std::chrono::system_clock::now();\n"),
    ("cli/a.cc", "Clock& c = base::system_clock();\nauto t = o.time(now); int operand(int);\n"),
    ("tests/a.cc", "auto* x = std::getenv(name);\n"),
    ("cli/a.cc", "void f() { std::this_thread::sleep_for(1s); }\n"),
    ("base/a.cc", "using namespace std::literals;\n"),
    ("CMakeLists.txt", "# NDEBUG is never defined, no file(GLOB)\n"),
    ("qr/a.cc", "int f(char c) { switch (c) { case 'a': return 1; default: return 2; } }\n"),
    ("qr/a.cc", "int f(int t) { switch (t) { case kTagName: return 1; default: return 2; } }\n"),
    ("cli/a.cc", "void f() { switch (e) { case Errc::kTooLarge: switch (c) { default: ; } } }\n"),
    ("base/a.cc", "// " + "x" * 97 + "\n// https://example.com/" + "x" * 98 + "\n"),
    ("base/a.cc", "\n" * 500),
    ("base/a.cc", "void f() {\n" + lines(68) + "\n}\n"),
    ("base/a.cc", "int f() {\n" + lines(68) + "\n" + "  case E::kA: return 1;\n" * 9 + "}\n"),
    ("base/a.cc", "namespace a {\n" + lines(99, "int f();") + "\n}\n"),
    ("base/a.cc", "class A {\n" + lines(99, "  int f() { return 1; }") + "\n};\n"),
    ("base/a.cc", "constexpr Row kRows[] = {\n" + lines(99, "  {1, f(2)},") + "\n};\n"),
    ("engine/decide_orders.cc", "void f() {\n" + lines(150) + "\n}\n"),
    ("base/a.cc", "// TODO(until Debian 12 is gone): drop the old name\n"),
    ("docs/a.md", "See https://example.com/home/x and /var/lib/qrpay, ${x}/tmp/y, build/tmp.\n"),
    ("base/a.h", "// A comment first.\n#pragma once\nint f();\n"),
    ("build/a.cc", "throw NDEBUG;\n"),
]


class Rules(unittest.TestCase):
    def test_refuses_each_bad_sample_by_its_own_rule(self):
        for rule, path, text in REFUSED:
            with self.subTest(rule=rule, path=path, text=text[:80]):
                if rule == "pragma-once":
                    found = sorted({finding.rule for finding in findings_of({path: text})})
                else:
                    found = rules_of(path, text)
                self.assertEqual(found, [rule])

    def test_passes_each_good_sample(self):
        for path, text in ALLOWED:
            with self.subTest(path=path, text=text[:80]):
                self.assertEqual(rules_of(path, text), [])

    def test_every_ban_has_a_bad_sample(self):
        for rule, where, _, what, _ in tidy.BANS:
            hits = [path for name, path, text in REFUSED if name == rule and
                    tidy.re.match(where, path) and tidy.re.search(what, text)]
            self.assertTrue(hits, f"{rule} {what}")

    def test_every_owner_has_a_bad_sample(self):
        headers = [text.split("<")[1].split(">")[0] for rule, _, text in REFUSED
                   if rule == "sole-includer"]
        for starts_with, _ in tidy.OWNERS:
            self.assertTrue(any(tidy.re.match(starts_with, header) for header in headers),
                            starts_with)

    def test_arrows_point_one_way(self):
        for room, reached in tidy.ARROWS.items():
            self.assertNotIn(room, reached)
            for below in reached:
                self.assertLess(tidy.ARROWS[below], reached | {room}, f"{room} -> {below}")


class Listing(unittest.TestCase):
    def not_built(self, list_path: str, list_text: str, path: str) -> bool:
        found = findings_of({"CMakeLists.txt": "\n", list_path: list_text, path: "int x;\n"})
        return [finding.rule for finding in found] == ["not-built"]

    def test_refuses_a_source_that_nobody_builds(self):
        self.assertTrue(self.not_built("base/CMakeLists.txt", "add_library(x b.cc)\n", "base/a.cc"))
        self.assertTrue(self.not_built("base/CMakeLists.txt", "# a.cc\n", "base/a.cc"))
        self.assertTrue(self.not_built("base/CMakeLists.txt", "aa.cc x/a.cc\n", "base/a.cc"))
        self.assertTrue(self.not_built("qr/CMakeLists.txt", "a.cc\n", "base/a.cc"))

    def test_passes_a_source_named_in_its_folder_or_above(self):
        self.assertFalse(self.not_built("base/CMakeLists.txt", "f(x a.cc)\n", "base/a.cc"))
        self.assertFalse(self.not_built("gateway/CMakeLists.txt", "api/a.cc", "gateway/api/a.cc"))
        self.assertFalse(self.not_built("fuzz/CMakeLists.txt", "set(T json)\n", "fuzz/json.cc"))


class Report(unittest.TestCase):
    def run_main(self, files: dict[str, str]) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_text(text, encoding="utf-8")
            out = io.StringIO()
            with redirect_stdout(out), redirect_stderr(out):
                code = tidy.main([folder])
            return code, out.getvalue()

    def test_names_file_line_rule_and_text(self):
        code, out = self.run_main({"CMakeLists.txt": "base/a.cc\n",
                                   "base/a.cc": "/* two\n lines */\nvoid f() { throw 1; }\n"})
        self.assertEqual(code, 1)
        self.assertIn("base/a.cc:3: exceptions: `throw`: ", out)
        self.assertIn("tidy: 1 findings", out)

    def test_succeeds_on_a_clean_tree(self):
        self.assertEqual(self.run_main({"CMakeLists.txt": "\n"})[0], 0)

    def test_refuses_a_folder_that_is_not_the_tree(self):
        self.assertEqual(self.run_main({"x.cc": ""})[0], 2)


if __name__ == "__main__":
    unittest.main()
