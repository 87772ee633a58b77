#!/usr/bin/env python3
"""Checks what the compiler cannot: arrows, sole includers, bans, lengths. Runs as the ctest `tidy`.

    tidy.py [TOP]      prints `file:line: rule: text` for each finding; exit 1 if there are any

The tables below are the rules of the architecture: a change of rooms or owners is a change here.
It reads text, not C++: where that cannot tell, it lets pass. tidy_test.py shows each rule refusing.
"""

import io
import re
import sys
import tokenize
from pathlib import Path
from typing import Callable, Iterator, NamedTuple

COLUMNS_MAX = 100
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# What a room may include besides itself. A room is a folder, or a sub-folder of gateway/ or qr/.
QR = {"qr", "qr/picture", "qr/draw", "qr/scan", "qr/sign", "qr/poster", "qr/c"}
BELOW_GATEWAY = {"audit", "engine", "ledger", "base"} | (QR - {"qr/c"})
ARROWS = {
    "base": set(),
    "qr": {"base"},
    "qr/sign": {"qr", "base"},
    "qr/picture": {"base"},
    "qr/draw": {"qr/picture", "base"},
    "qr/scan": {"qr", "qr/picture", "base"},
    "qr/poster": {"qr/sign", "qr/draw", "qr/picture", "qr", "base"},
    "qr/c": (QR - {"qr/poster", "qr/c"}) | {"base"},
    "ledger": {"base"},
    "engine": {"ledger", "base"},
    "audit": {"engine", "ledger", "base"},
    "gateway/json": {"base"},
    "gateway/http": {"gateway/json", "base"},
    "gateway/witness": {"gateway/http", "gateway/json", "ledger", "base"},
    "gateway/auth": {"gateway/http", "gateway/json"} | BELOW_GATEWAY,
    "gateway/notify": {"gateway/auth", "gateway/http", "gateway/json"} | BELOW_GATEWAY,
}
ARROWS["gateway/api"] = {"gateway/notify", "gateway/auth", "gateway/witness"}
ARROWS["gateway/api"] |= ARROWS["gateway/auth"]
for _face in ("gateway/bank", "gateway/compat"):
    ARROWS[_face] = {"gateway/api"} | ARROWS["gateway/api"]
ARROWS["gateway"] = {room for room in ARROWS if room.startswith("gateway/")} | BELOW_GATEWAY
ARROWS["import"] = {"gateway/json", "engine", "ledger", "base"}
ARROWS["cli"] = set(ARROWS)
SPLIT = {room.split("/")[0] for room in ARROWS if "/" in room}
PRODUCT = tuple(sorted({room.split("/")[0] for room in ARROWS}))
CODE_ROOMS = PRODUCT + ("tests", "fuzz")

# Third-party headers: what an #include starts with -> who may include it (regular expressions).
OWNERS = (
    (r"rocksdb/", r"ledger/rocks_\w+\.(h|cc)|tests/bench/.*|tests/ledger/faulty_fs\.cc"),
    (r"boost/(beast|asio)\b", r"gateway/http/(\w+\.cc|signal\.h)|tests/bench/.*"),
    (r"boost/json\b", r"gateway/json/.*|tests/.*"),
    (r"boost/(container|unordered)/", r"base/containers\.h"),
    (r"boost/url\b", r"gateway/http/\w+\.cc"),
    (r"openssl/", r"base/(crypto|world)\.cc|gateway/http/.*"),
    (r"qrencode\.h", r"tests/(bench|qr/draw)/.*"),
    (r"ZXing/", r"qr/scan/reader\.cc|tests/(bench|qr/scan)/.*"),
    (r"png\.h", r"qr/picture/png\.cc"),
    (r"(jpeglib|jerror)\.h", r"qr/picture/jpeg\.cc|tests/qr/.*"),
    (r"webp/", r"qr/picture/webp\.cc|tests/qr/.*"),
    (r"(cairo|pango|librsvg|fontconfig)\b.*", r"qr/poster/.*\.cc"),
    (r"utf8proc\.h", r"base/text\.cc"),
    (r"CLI/", r"cli/.*"),
    (r"toml\+\+/", r"cli/.*"),
    (r"(fmt|spdlog)/", r"(cli|gateway)/.*"),
    (r"(gtest|gmock)/", r"tests/.*"),
    (r"benchmark/", r"tests/bench/.*"),
)
POSIX = re.compile(
    r"(sys|netinet|arpa|net|linux)/\w+\.h|(dirent|errno|fcntl|limits|malloc|netdb|poll|pthread|pwd"
    r"|signal|spawn|stddef|stdint|stdio|stdlib|string|strings|time|unistd)\.h")

PURE = r"(base|ledger|engine|audit|import)/|qr/\w+\.|qr/sign/"
# Rule, where (a regular expression on the path), but not where, what (on code), text.
BANS = (
    ("exceptions", PURE, r".*\.py$", r"\b(throw|catch|try)\b",
     "no exceptions here: return a Result"),
    ("floating-point", r"base/money|(ledger|engine|audit|import)/", None, r"\b(float|double)\b",
     "no floating point near money"),
    ("clock", r"", r"base/world\.cc", r"chrono::system_clock|\bsystem_clock::"
     r"|\btime\s*\(\s*(nullptr|NULL|0)\s*\)|\bgettimeofday\s*\(|\bclock_gettime\s*\(",
     "the time comes from base::Clock"),
    ("clock", PURE + r"|qr/", r"base/world\.cc", r"\b(steady|high_resolution)_clock\b",
     "this room takes `now` from its caller"),
    ("randomness", r"", r"base/world\.cc", r"\brandom_device\b|\bs?rand\s*\(",
     "randomness comes from base::Entropy"),
    ("environment", r"", r"(cli|tests)/", r"\b\w*getenv\b", "only cli/ reads the environment"),
    ("sleep", r"(tests|fuzz)/", None, r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\(",
     "a test waits for an event, never for time"),
    ("using-namespace", r".*\.h$", None, r"\busing\s+namespace\b", "not in a header"),
    ("ndebug", r"", None, r"\bNDEBUG\b", "checks are on in every build"),
    ("skipped-test", r"tests/", None, r"\bGTEST_SKIP\b|\bDISABLED_\w*",
     "fix the test or delete it"),
)
MACHINE_PATH = re.compile(r"(?<![\w.:/}>-])/(work|home|tmp|root|Users)(/|\b(?![-.\w]))")
TODO_WORD = re.compile(r"\b(TODO|FIXME|XXX)\b")
TODO_GOOD = re.compile(r"\bTODO\((until|when) [^)]+\): \S")
# These two hold samples of what is refused.
SELF = ("tests/tidy.py", "tests/tidy_test.py")

SKIPPED_FOLDERS = {"build", "node_modules", "__pycache__", "vectors", "corpus"}
TEXT_SUFFIXES = {".h", ".cc", ".py", ".sh", ".txt", ".cmake", ".json", ".md", ".toml", ""}


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Source(NamedTuple):
    """One file: `raw` as it is, `code` with comments and string contents blanked, same lines."""

    path: str
    raw: str
    code: str
    with_strings: str  # only comments blanked

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith((".h", ".cc"))

    @property
    def is_cmake(self) -> bool:
        return self.path.endswith((".cmake", "CMakeLists.txt"))

    def line_of(self, offset: int) -> int:
        return self.raw.count("\n", 0, offset) + 1

    def room(self) -> str:
        parts = self.path.split("/")
        return "/".join(parts[:2]) if parts[0] in SPLIT and len(parts) > 2 else parts[0]


# --- reading ---------------------------------------------------------------------------------

CPP_TOKEN = re.compile(
    r'//(?:\\\n|[^\n])*|/\*.*?\*/'
    r'|(?P<raw>\bu?8?[LU]?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")'
    r'|(?P<include>^[ \t]*\#[ \t]*include[^\n]*)'
    r'|(?P<text>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')", re.DOTALL | re.MULTILINE)


def blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def strip_cpp(text: str, keep_strings: bool) -> str:
    def replace(found: re.Match) -> str:
        whole = found.group(0)
        if found.group("include"):
            return re.sub(r"//.*", lambda m: blank(m.group(0)), whole)
        if found.group("raw") or found.group("text") or found.group("char"):
            return whole if keep_strings else whole[0] + blank(whole[1:-1]) + whole[-1]
        return blank(whole)

    return CPP_TOKEN.sub(replace, text)


def strip_python(text: str) -> str:
    lines = [list(line) for line in text.splitlines(keepends=True)]
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                for row in range(token.start[0], token.end[0] + 1):
                    first = token.start[1] if row == token.start[0] else 0
                    last = token.end[1] if row == token.end[0] else len(lines[row - 1])
                    for column in range(first, last):
                        if lines[row - 1][column] != "\n":
                            lines[row - 1][column] = " "
    except (tokenize.TokenError, IndentationError):
        return text
    return "".join("".join(line) for line in lines)


def make_source(path: str, raw: str) -> Source:
    if path.endswith((".h", ".cc")):
        return Source(path, raw, strip_cpp(raw, False), strip_cpp(raw, True))
    if path.endswith(".py"):
        code = strip_python(raw)
    elif path.endswith((".cmake", "CMakeLists.txt", ".sh")):
        code = re.sub(r"(^|\s)#[^\n]*", lambda m: blank(m.group(0)), raw)
    else:
        code = ""
    return Source(path, raw, code, code)


def read_tree(top: Path) -> list[Source]:
    sources = []
    pending = [top]
    while pending:
        for entry in sorted(pending.pop().iterdir()):
            if entry.is_dir():
                hidden = entry.name.startswith(".") and entry.name != ".ci"
                if not hidden and entry.name not in SKIPPED_FOLDERS and not entry.is_symlink():
                    pending.append(entry)
            elif entry.suffix in TEXT_SUFFIXES:
                raw = entry.read_text(encoding="utf-8", errors="replace")
                sources.append(make_source(entry.relative_to(top).as_posix(), raw))
    return sources


# --- rules on one file -----------------------------------------------------------------------

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


def room_of_include(target: str) -> str:
    first, _, rest = target.partition("/")
    if first in SPLIT and "/" in rest:
        return f"{first}/{rest.split('/')[0]}"
    return first


def check_includes(source: Source) -> Iterator[Finding]:
    if not source.is_cpp:
        return
    room = source.room()
    for found in INCLUDE.finditer(source.with_strings):
        line = source.line_of(found.start(0))
        quoted, angled = found.groups()
        if angled:
            yield from check_third_party(source, line, angled)
            continue
        target = room_of_include(quoted)
        if target not in ARROWS and target not in ("tests", "fuzz"):
            yield Finding(source.path, line, "include-path",
                          f'"{quoted}" does not start at the top of the tree with a known room')
        elif room in ARROWS and target != room and target not in ARROWS[room]:
            yield Finding(source.path, line, "arrow", f'{room} may not include "{quoted}"')


def check_third_party(source: Source, line: int, header: str) -> Iterator[Finding]:
    for starts_with, owner in OWNERS:
        if re.match(starts_with, header):
            if not re.fullmatch(owner, source.path):
                yield Finding(source.path, line, "sole-includer", f"<{header}> belongs to {owner}")
            return
    if not re.fullmatch(r"[a-z_0-9]+", header) and not POSIX.fullmatch(header):
        yield Finding(source.path, line, "sole-includer",
                      f"<{header}> has no owner: a library needs a decision record and one file")


def check_bans(source: Source) -> Iterator[Finding]:
    for rule, where, but_not, what, text in BANS:
        if not re.match(where, source.path) or (but_not and re.match(but_not, source.path)):
            continue
        for found in re.finditer(what, source.code):
            yield Finding(source.path, source.line_of(found.start()), rule,
                          f"`{found.group(0)}`: {text}")


def closing_brace(code: str, opening: int) -> int:
    depth = 0
    for offset in range(opening, len(code)):
        if code[offset] == "{":
            depth += 1
        elif code[offset] == "}":
            depth -= 1
            if depth == 0:
                return offset
    return len(code)


def check_switch_default(source: Source) -> Iterator[Finding]:
    """A `default:` hides the enumerator added next year. Over integer constants it is allowed."""
    if not source.is_cpp:
        return
    bare = r"|case\s+k[A-Z]\w*\s*:" if re.search(r"\busing\s+enum\b", source.code) else ""
    labels = re.compile(r"case\s+(?!rocksdb::)(\w+::)+k[A-Z]\w*\s*:" + bare)
    for found in re.finditer(r"\bswitch\s*\([^{;]*\)\s*\{", source.code):
        body = source.code[found.end():closing_brace(source.code, found.end() - 1)]
        # What is inside an inner switch is judged when it is met itself.
        for inner in re.finditer(r"\bswitch\s*\([^{;]*\)\s*\{", body):
            end = closing_brace(body, inner.end() - 1)
            body = body[:inner.end()] + blank(body[inner.end():end]) + body[end:]
        default = re.search(r"\bdefault\s*:", body)
        if default and labels.search(body):
            yield Finding(source.path, source.line_of(found.end() + default.start()),
                          "switch-default", "a switch over an enum lists every enumerator instead")


def check_header_guard(source: Source) -> Iterator[Finding]:
    if source.path.endswith(".h"):
        lines = [line for line in source.code.splitlines() if line.strip()]
        if not lines or lines[0].strip() != "#pragma once":
            yield Finding(source.path, 1, "pragma-once", "`#pragma once` comes before any code")


def check_lengths(source: Source) -> Iterator[Finding]:
    if not (source.is_cpp or source.is_cmake or source.path.endswith((".py", ".sh")) or
            source.path == "dev"):
        return
    lines = source.raw.splitlines()
    for number, line in enumerate(lines, start=1):
        # A URL cannot be broken, so a comment that is only a URL may be long.
        if len(line) > COLUMNS_MAX and not re.fullmatch(r"\s*(//|#)\s*\S+://\S+", line):
            yield Finding(source.path, number, "columns",
                          f"{len(line)} columns, {COLUMNS_MAX} at most")
    if len(lines) > FILE_LINES_MAX:
        yield Finding(source.path, FILE_LINES_MAX + 1, "file-length",
                      f"{len(lines)} lines, {FILE_LINES_MAX} at most")


def is_function_head(head: str) -> bool:
    head = head.strip()
    if "(" not in head or head.endswith(("=", ",", "(", "return")):
        return False
    if re.match(r"(template\s*<.*>\s*)?(class|struct|union|enum)\b[^()]*$", head, re.DOTALL):
        return False
    # `int x = f({` and `static const table[] = {` are data; `operator==(...)` is not.
    before = re.split(r"\(", head.replace("operator==", "").replace("operator=", ""))[0]
    return re.search(r"[^=<>!]=[^=]", before) is None


def check_function_lengths(source: Source) -> Iterator[Finding]:
    """Outermost functions; a lambda counts within the function that holds it. A line that is one
    row of a switch (`case X: return y;`) is a row of a table and does not count."""
    name = source.path.rsplit("/", 1)[-1]
    if not source.is_cpp or name.startswith("decide"):
        return
    code = re.sub(r"(?m)^[ \t]*#(\\\n|[^\n])*", lambda m: blank(m.group(0)), source.code)
    head_start, offset = 0, 0
    while offset < len(code):
        char = code[offset]
        if char in ";}":
            head_start = offset + 1
        elif char == "{":
            if is_function_head(code[head_start:offset]):
                end = closing_brace(code, offset)
                rows = len(re.findall(r"(?m)^ *case [\w:]+: return [^;]*;$", code[offset:end]))
                lines = code.count("\n", offset, end) + 1 - rows
                if lines > FUNCTION_LINES_MAX:
                    yield Finding(source.path, source.line_of(offset), "function-length",
                                  f"{lines} lines, {FUNCTION_LINES_MAX} at most")
                offset = end
            head_start = offset + 1
        offset += 1


def check_todo(source: Source) -> Iterator[Finding]:
    if source.path in SELF or source.path.endswith((".md", ".json")):
        return
    for number, line in enumerate(source.raw.splitlines(), start=1):
        if TODO_WORD.search(line) and not TODO_GOOD.search(line):
            yield Finding(source.path, number, "todo", "write `TODO(until <condition>): <what>`")


def check_machine_paths(source: Source) -> Iterator[Finding]:
    if source.path in SELF:
        return
    for number, line in enumerate(source.raw.splitlines(), start=1):
        found = MACHINE_PATH.search(line)
        if found:
            yield Finding(source.path, number, "machine-path",
                          f"`{found.group(0)}` is a path of one machine")


def check_globs(source: Source) -> Iterator[Finding]:
    if source.is_cmake:
        glob = r"(?i)\bfile\s*\(\s*GLOB(_RECURSE)?\b|\baux_source_directory\b"
        for found in re.finditer(glob, source.code):
            yield Finding(source.path, source.line_of(found.start()), "cmake-glob",
                          "sources are listed by name")


FILE_RULES: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    check_includes, check_bans, check_switch_default, check_header_guard, check_lengths,
    check_function_lengths, check_todo, check_machine_paths, check_globs)


# --- rules on the tree -----------------------------------------------------------------------


def is_listed(path: str, lists: dict[str, str]) -> bool:
    """Whether a CMakeLists.txt in the file's folder or above names it by its path from there."""
    parts = path.split("/")
    for depth in range(len(parts) - 1, -1, -1):
        text = lists.get("/".join(parts[:depth] + ["CMakeLists.txt"]), "")
        names = ["/".join(parts[depth:])]
        if parts[0] == "fuzz":
            names.append(parts[-1].removesuffix(".cc"))
        for name in names:
            if re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", text):
                return True
    return False


def check_listed(sources: list[Source]) -> Iterator[Finding]:
    lists = {source.path: source.code for source in sources if source.is_cmake}
    for source in sources:
        if source.path.endswith(".cc") and not is_listed(source.path, lists):
            yield Finding(source.path, 1, "not-built", "no CMakeLists.txt names this file")


def check_tree(top: Path) -> list[Finding]:
    sources = read_tree(top)
    findings = list(check_listed(sources))
    for source in sources:
        if source.is_cpp and source.path.split("/")[0] not in CODE_ROOMS:
            findings.append(
                Finding(source.path, 1, "room", f"C++ lives in {', '.join(CODE_ROOMS)}"))
        for rule in FILE_RULES:
            findings.extend(rule(source))
    return sorted(findings)


def main(arguments: list[str]) -> int:
    top = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    if not (top / "CMakeLists.txt").is_file():
        print(f"tidy: {top} is not the top of the tree", file=sys.stderr)
        return 2
    findings = check_tree(top)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
