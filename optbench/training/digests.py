"""Digests of plain data, wherever it lies in an object: two that have the same ones are the same bit for bit."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Digests = dict[str, str]
"""By the place where a value lies, such as `state.0.exp_avg`."""

_PLAIN = (int, float, complex, str, bytes, type(None), np.generic, torch.dtype, torch.device)
_NO_DATA = (type, FunctionType, BuiltinFunctionType, MethodType, ModuleType, nn.Module, nn.Parameter)
_OF_MODULES = {"_parameters", "_buffers", "_modules"}


def digests(value: Any, aside: Iterable[Tensor] = ()) -> Digests:
    """Return the digests of all plain data in nested containers and in the attributes of objects.

    Numbers, texts, tensors (with their strides), arrays and random generators are plain data. Parameters, modules,
    functions, and tensors that share the memory of those `aside` are left out. What lies in several places is looked at
    in the first one.
    """
    return dict(_walk(value, "", {_memory(tensor) for tensor in aside} - {None}))


def module_digests(model: nn.Module) -> Digests:
    """Return the digests of what modules keep beside parameters and buffers, and which parameters have gradients."""
    found: Digests = {}
    for name, module in model.named_modules():
        found |= _prefixed(name, digests({key: v for key, v in vars(module).items() if key not in _OF_MODULES}))
    return found | {f"{name}.requires_grad": str(p.requires_grad) for name, p in model.named_parameters()}


def _prefixed(name: str, found: Digests) -> Digests:
    return {f"{name}.{place}" if name else place: digest for place, digest in found.items()}


def _walk(value: Any, place: str, seen: set[Any]) -> Iterator[tuple[str, str]]:
    if isinstance(value, _NO_DATA):
        return
    if isinstance(value, _PLAIN):
        yield place, f"{type(value).__name__} {value!r}"
    elif id(value) in seen:
        return
    elif isinstance(value, Tensor):
        if _memory(value) not in seen:
            yield place, _of_tensor(value)
    elif isinstance(value, np.ndarray):
        yield place, f"{value.dtype} {value.shape} {_hash(value.tobytes())}"
    elif isinstance(value, set | frozenset):
        yield place, _hash(repr(sorted(map(repr, value))).encode())
    elif (drawn := _position(value)) is not None:
        yield place, _hash(repr(drawn).encode())
    else:
        seen.add(id(value))
        for key, part in _parts(value):
            yield from _walk(part, f"{place}.{key}" if place else key, seen)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a container or an object consists of; keys that are tensors are named by their number."""
    if isinstance(value, Mapping):
        for number, (key, part) in enumerate(value.items()):
            yield str(number if isinstance(key, Tensor) else key), part
    elif isinstance(value, list | tuple | deque):
        yield from ((str(number), part) for number, part in enumerate(value))
    else:
        yield from getattr(value, "__dict__", {}).items()


def _position(value: Any) -> Any:
    """Return where a random generator stands; `None` for anything else."""
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.random.RandomState):
        return value.get_state(legacy=False)
    return value.get_state().tolist() if isinstance(value, torch.Generator) else None


def _memory(tensor: Tensor) -> tuple[str, int] | None:
    """Return what tells the memory of a tensor from that of others; `None` where it has none of its own."""
    strided = tensor.layout is torch.strided and tensor.numel()
    return ("memory", tensor.untyped_storage().data_ptr()) if strided else None


def _of_tensor(tensor: Tensor) -> str:
    if tensor.layout is not torch.strided:
        tensor = tensor.detach().to_dense()
    content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return f"{tensor.device.type} {tensor.dtype} {tuple(tensor.shape)} {tensor.stride()} {_hash(content)}"


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
