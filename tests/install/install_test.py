#!/usr/bin/env python3
"""Installs the QR library into a folder of its own and uses it from there as strangers do.

    install_test.py install BUILD FOLDER            installs, then moves what was installed
    install_test.py cmake|c|python|symbols FOLDER   uses it; compilers come from CC and CXX
    install_test.py headers                         every header is public or internal, and says so
"""

import binascii
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
CHECKED_ROOMS = ("base", "qr")
INSTALLED_IN_PLACE = ("QRPAY_BASE_HEADERS", "QRPAY_QR_HEADERS", "QRPAY_QR_POSTER_HEADERS")

def with_crc(text: str) -> str:
    """The referee for tag 63 is Python's own CRC."""
    text += "6304"
    return f"{text}{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


# 50,000 dong to an account, and the same with a purpose.
TRANSFER = ("00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA"
            "53037045405500005802VN")
PLAIN = with_crc(TRANSFER)
SHOP_SAYS = f"0011012345678: {PLAIN}\ncrc_mismatch at byte {len(TRANSFER)} (63)\n"
PAY_SAYS = (with_crc(TRANSFER + "62170813Ca phe sua da") +
            "\n12 fields, Ca phe sua da: 50000 dong\n")


def run(*command: object, **variables: str) -> str:
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, **variables}, check=False)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def expect(got: object, wanted: object) -> None:
    assert got == wanted, f"\ngot    {got!r}\nwanted {wanted!r}"


def only(pattern: str, folder: Path) -> Path:
    found = sorted(folder.rglob(pattern))
    assert len(found) == 1, f"{pattern} in {folder}: {found}"
    return found[0]


def header_lists() -> dict[str, list[str]]:
    text = re.sub(r"#[^\n]*", "", (TOP / "packaging/cmake/headers.cmake").read_text("utf-8"))
    return {name: body.split() for name, body in re.findall(r"set\((\w+)([^)]*)\)", text)}


def test_headers() -> None:
    lists = header_lists()
    expect(set(lists), {*INSTALLED_IN_PLACE, "QRPAY_QR_C_HEADERS", "QRPAY_INTERNAL_HEADERS"})
    listed = [header for names in lists.values() for header in names]
    exist = [path.relative_to(TOP).as_posix()
             for room in CHECKED_ROOMS for path in (TOP / room).rglob("*.h")]
    missing = sorted(set(exist) - set(listed))
    assert not missing, f"name them in packaging/cmake/headers.cmake, public or internal: {missing}"
    expect(sorted(listed), sorted(exist))
    for name, headers in lists.items():
        allowed = set(lists["QRPAY_BASE_HEADERS"] + lists["QRPAY_QR_HEADERS"] + headers)
        for header in headers if name != "QRPAY_INTERNAL_HEADERS" else []:
            quoted = re.findall(r'^#include "([^"]+)"', (TOP / header).read_text("utf-8"), re.M)
            assert allowed.issuperset(quoted), f"{header} includes what is not installed: {quoted}"


def test_install(build: str, folder: str) -> None:
    first, moved = Path(folder, "first"), Path(folder, "moved")
    for old in (first, moved):
        shutil.rmtree(old, ignore_errors=True)
    run("cmake", "--install", build, "--component", "qr", "--prefix", first)
    first.rename(moved)
    lists = header_lists()
    wanted = {f"qrpay/{header}" for name in INSTALLED_IN_PLACE for header in lists[name]}
    include = moved / "include"
    expect({path.relative_to(include).as_posix() for path in include.rglob("*.h")},
           wanted | {"qrpay_qr.h"})
    for path in [*moved.rglob("*.cmake"), *moved.rglob("*.pc")]:
        text = path.read_text("utf-8")
        for place in (str(TOP), build, folder):
            assert place not in text, f"{path} names {place}"


def test_cmake(folder: str) -> None:
    build, prefix = Path(folder, "cmake"), Path(folder, "moved")
    shutil.rmtree(build, ignore_errors=True)
    include = prefix / "include" / "qrpay"
    headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.h"))
    run("cmake", "-S", HERE / "cmake_project", "-B", build, "-G", "Ninja",
        "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DPAY_C={HERE / 'pay.c'}",
        f"-DHEADERS={';'.join(headers)}")
    run("cmake", "--build", build, "--parallel", "2")
    expect(run(build / "shop"), SHOP_SAYS)
    expect(run(build / "pay"), PAY_SAYS)
    expect(run(build / "poster", PLAIN), "%PDF-, with a page\n")


def test_c(folder: str) -> None:
    library = only("libqrpay-qr.so", Path(folder, "moved"))
    assert len((HERE / "pay.c").read_text("utf-8").splitlines()) <= 30
    flags = run("pkg-config", "--cflags", "--libs", "qrpay-qr",
                PKG_CONFIG_PATH=str(library.parent / "pkgconfig")).split()
    program = Path(folder, "pay")
    run(os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic",
        HERE / "pay.c", "-o", program, *flags)
    expect(run(program, LD_LIBRARY_PATH=str(library.parent)), PAY_SAYS)


def test_python(folder: str) -> None:
    library = only("libqrpay-qr.so.0", Path(folder, "moved"))
    expect(run(sys.executable, "-B", HERE / "read.py", library, PLAIN),
           "vietqr_account\naccepted\nb'0011012345678'\n")
    expect(run(sys.executable, "-B", HERE / "read.py", library, PLAIN[:-1] + "?"),
           "vietqr_account\nrefused\nNone\n")


def test_symbols(folder: str) -> None:
    """The library shows its C face, all of it, and nothing of the C++ inside."""
    face = (TOP / "qr/c/qrpay_qr.h").read_text("utf-8")
    abi = re.findall(r"^#define QRPAY_QR_ABI (\d+)$", face, re.M)
    expect(len(abi), 1)
    library = only(f"libqrpay-qr.so.{abi[0]}", Path(folder, "moved"))
    shown = {line.split()[-1].split("@")[0]
             for line in run("nm", "-D", "--defined-only", library).splitlines()}
    declared = set(re.findall(r"^QRPAY_QR_API [^;]*?(qrpay_qr_\w+)\(", face, re.M))
    assert len(declared) >= 15, declared
    expect(shown, declared | {f"QRPAY_QR_{abi[0]}"})


if __name__ == "__main__":
    globals()[f"test_{sys.argv[1]}"](*sys.argv[2:])
