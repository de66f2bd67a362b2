"""Parquet tables of results as CSV text, by pyarrow where it is installed; nothing in them is executed."""

import csv
import importlib
import io
from typing import Any

from ablator.core.errors import BadInput
from ablator.importers.text_source import CONFIG_LIMIT

MAGIC = b"PAR1"
CELLS = 2_000_000
"""Cells beyond which a table is refused before a row is read."""
ROWS_AT_ONCE = 16
"""Rows that are unpacked together: a short file can hold one long text for each of many rows."""


def is_parquet(data: bytes) -> bool:
    """Whether the first bytes are those of a Parquet file."""
    return data.startswith(MAGIC)


def parquet_as_csv(data: bytes, name: str) -> bytes:
    """The table as CSV in UTF-8: numbers as Python writes them, empty cells for nulls; columns of lists are left out.

    Raises BadInput where pyarrow is not installed, the file is damaged, or it holds more than a table of results may.
    """
    try:
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise BadInput(
            "a Parquet table is read by pyarrow, which is not installed",
            place=name,
            mend="pip install 'ablator-desktop[parquet]', or save the table as CSV",
        ) from None
    try:
        return _written(parquet.ParquetFile(io.BytesIO(data)), name)
    except (arrow.ArrowException, OSError) as wrong:
        what = str(wrong).splitlines()[0][:160] if str(wrong) else "it ends too early"
        raise BadInput(f"this Parquet table is damaged: {what}", place=name, mend="write it again") from None


def _written(file: Any, name: str) -> bytes:
    flat = [i for i, field in enumerate(file.schema_arrow) if not field.type.num_fields]
    heads = [file.schema_arrow.field(i).name for i in flat]
    if file.metadata.num_rows * max(len(heads), 1) > CELLS:
        raise BadInput(
            f"it holds {file.metadata.num_rows} rows of {len(heads)} columns, more than {CELLS} cells",
            place=name,
            mend="keep one row a run",
        )
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(heads)
    for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=heads):
        columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
        write.writerows([["" if cell is None else cell for cell in row] for row in zip(*columns, strict=True)])
        if out.tell() > CONFIG_LIMIT:
            raise BadInput(f"as text it is longer than {CONFIG_LIMIT} bytes", place=name, mend="keep one row a run")
    return out.getvalue().encode()
