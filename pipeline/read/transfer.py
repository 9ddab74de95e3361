"""Messages between us and the process that reads: columns as bytes, nothing that is code.

A message is the length of its head, the head (JSON, which tells the lengths of the rest), the rest.
Cells go as their distinct texts, end to end, and for each cell which of them it is:

    A  ""  A   ▶   texts "A", lengths [1, 0], codes [0, 1, 0]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from struct import Struct
from typing import Any, BinaryIO

import numpy as np

from pipeline.source import CellTexts, Table, texts_array

_LENGTH = Struct(">Q")
_MAX_HEAD = 1 << 30
_MAX_BUFFER = 1 << 33
_UTF_8 = ("utf-8", "surrogatepass")
_SHORT = 1000  # characters of a text that goes in the head

Buffer = bytes | bytearray


def send(pipe: BinaryIO, head: Mapping[str, Any], buffers: Sequence[Buffer] = ()) -> None:
    """Write one message."""
    text = json.dumps({**head, "buffers": list(map(len, buffers))}).encode()
    pipe.write(_LENGTH.pack(len(text)) + text)
    for buffer in buffers:
        pipe.write(buffer)
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[dict[str, Any], list[bytearray]]:
    """Read one message. EOFError where there is none, or half of one; ValueError: it is none."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size, _LENGTH.size))
    head = json.loads(_exactly(pipe, length, _MAX_HEAD))
    return head, [_exactly(pipe, size, _MAX_BUFFER) for size in head["buffers"]]


def _exactly(pipe: BinaryIO, size: int, most: int) -> bytearray:
    if not 0 <= size <= most:
        raise ValueError("a message longer than any")
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        received = pipe.readinto(view)  # type: ignore[attr-defined]  # every binary pipe has it
        if not received:
            raise EOFError
        view = view[received:]
    return buffer


def pack(tables: Sequence[Table]) -> tuple[list[dict[str, Any]], list[Buffer]]:
    """Tables as what a head tells of them, and buffers."""
    buffers: list[Buffer] = []
    heads = [
        {each.name: _packed(getattr(table, each.name), buffers) for each in fields(table)}
        for table in tables
    ]
    return heads, buffers


def unpack(
    heads: Sequence[Mapping[str, tuple[str, Any]]], buffers: Sequence[bytearray]
) -> tuple[Table, ...]:
    """The same tables again."""
    remaining = iter(buffers)
    return tuple(
        Table(**{name: _unpacked(kind, packed, remaining) for name, (kind, packed) in head.items()})
        for head in heads
    )


def _packed(value: object, buffers: list[Buffer]) -> tuple[str, Any]:
    match value:
        case str() if len(value) > _SHORT:
            buffers.append(value.encode(*_UTF_8))
            return "text", None
        case None | bool() | int() | str():
            return "plain", value
        case CellTexts():
            return "cells", _pack_texts(value, buffers)
        case np.ndarray():
            return "array", _pack_array(value, buffers)
        case frozenset():
            return "numbers", _pack_array(np.fromiter(sorted(value), np.int64), buffers)
        case tuple():
            return "ranges", _pack_array(np.array(value, np.int64), buffers)
    raise TypeError(f"a table holds a {type(value).__name__}, which has no way to be handed over")


def _unpacked(kind: str, packed: Any, buffers: Iterator[bytearray]) -> Any:
    match kind:
        case "plain":
            return packed
        case "text":
            return next(buffers).decode(*_UTF_8)
        case "cells":
            return _cells(packed, buffers)
        case "array":
            return _array(packed, buffers)
        case "numbers":
            return frozenset(_array(packed, buffers).tolist())
        case "ranges":
            return tuple(map(tuple, _array(packed, buffers).tolist()))
    raise ValueError(f"a message with a {kind}")


def _pack_array(array: np.ndarray[Any, Any], buffers: list[Buffer]) -> tuple[str, Any]:
    buffers.append(np.ascontiguousarray(array).tobytes())
    return array.dtype.str, array.shape


def _array(packed: Any, buffers: Iterator[bytearray]) -> np.ndarray[Any, Any]:
    dtype, shape = packed
    if np.dtype(dtype).hasobject:
        raise ValueError("a message with objects")
    array: np.ndarray[Any, Any] = np.frombuffer(next(buffers), dtype).reshape(shape)
    return array


def _pack_texts(cells: CellTexts, buffers: list[Buffer]) -> tuple[str, Any]:
    lengths = np.fromiter(map(len, cells.distinct), np.int64, len(cells.distinct))
    buffers.append("".join(cells.distinct).encode(*_UTF_8))
    buffers.append(lengths.tobytes())
    return _pack_array(cells.codes, buffers)


def _cells(packed: Any, buffers: Iterator[bytearray]) -> CellTexts:
    text = next(buffers).decode(*_UTF_8)
    ends = np.cumsum(np.frombuffer(next(buffers), np.int64)).tolist()
    distinct = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return CellTexts(_array(packed, buffers), texts_array(distinct))


def longest_text(table: Table) -> tuple[int, int, int]:
    """How long the longest cell is, and its row and column from 0."""
    cells = table.texts
    if not cells.codes.size:
        return 0, 0, 0
    lengths = np.fromiter(map(len, cells.distinct), np.int64, len(cells.distinct))
    longest = int(lengths.argmax())
    row, column = divmod(int((cells.codes == longest).argmax()), cells.shape[1])
    return int(lengths[longest]), row, column
