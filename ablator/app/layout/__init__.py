"""Layout of the graph: cards in five lanes, in rows and columns, with the ways of their relations; knows no Qt."""

from ablator.app.layout.engine import arrange, arrange_bytes
from ablator.app.layout.types import Arrangement, Card, Edge, Request

__all__ = ["Arrangement", "Card", "Edge", "Request", "arrange", "arrange_bytes"]
