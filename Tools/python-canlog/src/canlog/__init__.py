"""python-can reads and writes .canlog: can.LogReader("night.canlog"), can.Logger("night.canlog")."""
from .program import CanlogError, CanlogWarning
from .reader import CanlogReader
from .writer import CanlogWriter

__all__ = ["CanlogError", "CanlogReader", "CanlogWarning", "CanlogWriter"]
