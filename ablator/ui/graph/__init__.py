"""The graph: five lanes of cards with their relations, and the gestures that edit them."""
