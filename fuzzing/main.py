"""Try one target on inputs without end: `python -m fuzzing.main TARGET [options of libFuzzer]`.

New inputs that reach new code are kept under `var/fuzzing/TARGET`; what breaks a promise is written
there as `crash-…`. `fuzzing/README.md` says what to do with it.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cartable"]):
    from fuzzing.targets import TARGETS

HERE = Path(__file__).parent


def main() -> None:
    """Start libFuzzer, which never returns."""
    name, *options = sys.argv[1:]
    found = HERE.parent / "var" / "fuzzing" / name
    found.mkdir(parents=True, exist_ok=True)
    words = [f"-dict={HERE / 'words.dict'}", f"-artifact_prefix={found}/", "-timeout=120", "-max_len=8192"]
    arguments = [sys.argv[0], *words, *options, str(found), str(HERE / "corpus" / name)]
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
