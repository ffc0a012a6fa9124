"""Read and write a candump log as Vector ASC with python-can; see text_log_peer.py."""

from text_log_peer import measure

measure(".asc")
