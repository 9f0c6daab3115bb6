# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What an object uses and does not define: functions and variables of the kernel, and settings of its build.

C declares them as ``extern``, in section ``.ksyms`` (``__ksym``) or ``.kconfig``
(``__kconfig``); the object's BTF says which and of what type. Settings become
the variables of one map, laid out as libbpf does (bpf_object__collect_externs in
libbpf.c, 1.5); what the running kernel has is looked up when the program is loaded.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import SHN_UNDEF, STB_WEAK, Elf, Symbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_MMAPABLE,
    F_RDONLY_PROG,
    KernelSetting,
    MapSpec,
)

#: The pin and the spec's name of the map of settings; libbpf calls the map ``.kconfig``.
SETTINGS_MAP = "kconfig"

_KSYMS = ".ksyms"
_KCONFIG = ".kconfig"


class KernelSymbol(NamedTuple):
    """A function or variable of the kernel."""

    name: str
    #: As in ``KernelReference``.
    kind: str
    weak: bool


class _Setting(NamedTuple):
    name: str
    kind: str
    size: int
    alignment: int
    signed: bool
    weak: bool
    #: Number of its VAR in the object's BTF.
    var: int


class Externs:
    """The object's undefined symbols, by name."""

    def __init__(self, elf: Elf, types: ObjectTypes) -> None:
        self._symbols: dict[str, KernelSymbol] = {}
        self._offsets: dict[str, int] = {}
        #: The map with the settings; ``None`` when the object has none.
        self.settings: MapSpec | None = None
        undefined = {symbol.name: symbol for symbol in elf.symbols[1:] if symbol.section == SHN_UNDEF and symbol.name}
        if not undefined or not types.known:
            return
        settings = []
        for section, type_id, btf_type in _declared(types.btf):
            symbol = undefined.get(types.btf.name(btf_type))
            if symbol is None:
                continue
            if section == _KSYMS:
                self._symbols[symbol.name] = _kernel_symbol(types.btf, symbol, btf_type)
            else:
                setting = _setting(types.btf, symbol, type_id, btf_type)
                if setting is not None:
                    settings.append(setting)
        if settings:
            self._lay_out(types, settings)

    def symbol(self, name: str) -> KernelSymbol | None:
        """What is declared ``__ksym`` under this name; ``None`` for anything else."""
        return self._symbols.get(name)

    def setting(self, name: str) -> int | None:
        """Where the setting is in the map's value, in bytes."""
        return self._offsets.get(name)

    def _lay_out(self, types: ObjectTypes, settings: list[_Setting]) -> None:
        settings.sort(key=lambda each: (-each.alignment, each.size, each.name))
        end = 0
        placed = []
        for each in settings:
            start = -(-end // each.alignment) * each.alignment
            end = start + each.size
            placed.append((each, start))
            self._offsets[each.name] = start
        writer, btf = types.writer, types.btf
        variables = [
            (writer.add_variable(each.name, btf.type(each.var).size_or_type), start, each.size)
            for each, start in placed
        ]
        self.settings = MapSpec(
            SETTINGS_MAP,
            "array",
            4,
            end,
            1,
            F_MMAPABLE | F_RDONLY_PROG,
            0,
            writer.add_section(_KCONFIG, end, variables),
            variables=b"",
            settings=tuple(
                KernelSetting(each.name, start, each.size, each.kind, each.signed, each.weak) for each, start in placed
            ),
        )


def _declared(btf: Btf) -> list[tuple[str, int, Type]]:
    """Section, number and type of each FUNC or VAR that is declared in a section for the kernel's, each once."""
    found = {}
    for section in (_KSYMS, _KCONFIG):
        number = btf.find(kinds.DATASEC, section)
        for type_id, _offset, _size in btf.type(number).entries() if number is not None else ():
            btf_type = btf.type(type_id)
            if btf_type.kind in (kinds.FUNC, kinds.VAR):
                found[type_id] = (section, type_id, btf_type)
    return list(found.values())


def _kernel_symbol(btf: Btf, symbol: Symbol, btf_type: Type) -> KernelSymbol:
    # Flavours: several declarations of one function, "name___something" (bpf_core_essential_name_len).
    name, mark, _flavour = symbol.name.rpartition("___")
    kind = "function"
    if btf_type.kind == kinds.VAR:
        kind = "variable" if btf.resolve(btf_type.size_or_type)[0] else "address"
    return KernelSymbol(name if mark and name else symbol.name, kind, symbol.binding == STB_WEAK)


def _setting(btf: Btf, symbol: Symbol, type_id: int, var: Type) -> _Setting | None:
    """``None`` for a type that no setting has (find_kcfg_type in libbpf.c)."""
    if var.kind != kinds.VAR:
        return None
    _number, btf_type = btf.resolve(var.size_or_type)
    alignment = size = btf.size(var.size_or_type)
    signed = False
    if btf_type.kind == kinds.INT:
        encoding = btf_type.words[0] >> 24
        signed = bool(encoding & kinds.SIGNED)
        if encoding & kinds.BOOL:
            kind = "bool" if size == 1 else ""
        else:
            kind = "char" if size == 1 else "int" if size in (2, 4, 8) else ""
    elif btf_type.kind == kinds.ENUM:
        kind = "tristate" if size == 4 and btf.name(btf_type) == "libbpf_tristate" else ""
    elif btf_type.kind == kinds.ARRAY:
        element = btf.resolve(btf_type.words[0])[1]
        is_text = element.kind == kinds.INT and element.size_or_type == 1 and not element.words[0] >> 24 & kinds.BOOL
        kind, alignment = ("text", 1) if is_text and size else ("", 1)
    else:
        kind = ""
    if not kind:
        return None
    return _Setting(symbol.name, kind, size, alignment, signed, symbol.binding == STB_WEAK, type_id)
