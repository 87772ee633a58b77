#!/usr/bin/env python3
"""Reads the benchmark's damaged pictures with the newest zxing-cpp of PyPI.

    zxing_wheel.py VENV PICTURES

Makes a virtual environment at VENV when there is none, and tries to bring zxing-cpp in it to its
newest release. PICTURES holds 0.pgm, 1.pgm, ... and their texts, one a line, in `texts`. Prints the
name of the reader, then a line for each picture: right, wrong or none, and microseconds. Where
there is no network and no earlier environment it prints nothing and exits with 1.
"""

import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("zxing-cpp", "numpy")
PATIENCE_S = 120


def prepare(venv: Path) -> Path | None:
    """The environment's Python, or None."""
    python = venv / "bin" / "python"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": PATIENCE_S}
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True, **quiet)
        subprocess.run([python, "-m", "pip", "install", "--upgrade", *PACKAGES], **quiet)
        subprocess.run([python, "-c", "import zxingcpp, numpy"], check=True, **quiet)
    except (OSError, subprocess.SubprocessError):
        return None
    return python


def read_all(folder: Path) -> None:
    import importlib.metadata

    import numpy
    import zxingcpp

    print("zxing-cpp", importlib.metadata.version("zxing-cpp"))
    for number, text in enumerate((folder / "texts").read_text("utf-8").splitlines()):
        _, sizes, _, pixels = (folder / f"{number}.pgm").read_bytes().split(b"\n", 3)
        width, height = map(int, sizes.split())
        image = numpy.frombuffer(pixels, numpy.uint8).reshape(height, width)
        start = time.perf_counter()
        results = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode,
                                         text_mode=zxingcpp.TextMode.Plain)
        microseconds = 1e6 * (time.perf_counter() - start)
        texts = [result.text for result in results]
        answer = "none" if not texts else "right" if texts[0] == text else "wrong"
        print(answer, f"{microseconds:.1f}")


def main() -> int:
    venv, folder = Path(sys.argv[1]), Path(sys.argv[2])
    if len(sys.argv) > 3:
        read_all(folder)
        return 0
    python = prepare(venv)
    if python is None:
        return 1
    return subprocess.run([python, "-B", __file__, venv, folder, "inside"]).returncode


if __name__ == "__main__":
    sys.exit(main())
