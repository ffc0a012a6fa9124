"""What others take to read a DBC file: CPU milliseconds, one line "NAME VERSION MILLISECONDS" each.

usage: dbc_readers.py FILE…        a reader that refuses a file has no milliseconds for it
"""

import contextlib
import importlib.metadata
import io
import logging
import sys
import time
import warnings

import cantools
import canmatrix.formats

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def cantools_read(path):
    cantools.database.load_file(path, strict=False, encoding="cp1252")


def canmatrix_read(path):
    canmatrix.formats.loadp(path, dbcImportEncoding="cp1252", dbcImportCommentEncoding="cp1252")


def milliseconds(read, paths):
    """The sum over all files, and how many were refused."""
    total, refused = 0.0, 0
    for path in paths:
        start = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                read(path)
        except Exception:
            refused += 1
        total += time.process_time() - start
    return total * 1000, refused


paths = sys.argv[1:]
for name, version, read in (
    ("cantools", cantools.__version__, cantools_read),
    ("canmatrix", importlib.metadata.version("canmatrix"), canmatrix_read),
):
    took, refused = milliseconds(read, paths)
    print(name, version, f"{took:.3f}", refused)
