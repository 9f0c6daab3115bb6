# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The functions of an ELF object, and which of them are XDP programs."""

from __future__ import annotations

from typing import NamedTuple, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import (
    SHF_EXECINSTR,
    SHT_PROGBITS,
    STB_LOCAL,
    STT_FUNC,
    STV_HIDDEN,
    STV_INTERNAL,
    Elf,
    Section,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    XDP,
    XDP_CPUMAP,
    XDP_DEVMAP,
)

# Where functions are that only other functions call.
_SHARED_CODE = ".text"

# The section that iproute2 took by default (tc and ip, lib/bpf_legacy.c).
_IPROUTE2_SECTION = "prog"

# Characters of a section's name that say which hook it is for. Thousands of sections may share one name of 100,000.
_LONGEST_KIND = 100


#: Number of the section, and the instruction in it.
Place = Tuple[int, int]


class Function(NamedTuple):
    """A function of the object, and where its instructions are."""

    name: str
    section: Section
    #: In instructions, from the start of the section.
    start: int
    length: int
    #: Whether only this object can call it.
    local: bool
    #: Whether others cannot see it, although it is not static.
    hidden: bool

    @property
    def place(self) -> Place:
        """Number of its section, and its first instruction there: what tells it from all others."""
        return self.section.number, self.start


class Entry(NamedTuple):
    """A function that something other than this object calls."""

    function: Function
    #: BPF_F_* for loading.
    flags: int
    #: Why it is for another hook than XDP's; empty when it is not.
    other_hook: str
    #: As in ``ProgramSpec``.
    attach_type: str = XDP

    @property
    def on_request(self) -> bool:
        """Whether it counts only when it is named, which libbpf calls autoload off: section ``?xdp``."""
        return self.function.section.name.startswith("?")


class Code:
    """All functions of the object by where they are."""

    def __init__(self, elf: Elf) -> None:
        self._starts: dict[Place, Function] = {}
        for section in elf.sections:
            if section.flags & SHF_EXECINSTR and section.type == SHT_PROGBITS and section.size:
                self._read(elf, section)

    def _read(self, elf: Elf, section: Section) -> None:
        if section.size % INSTRUCTION_SIZE:
            raise XdpError(f"has a section {short(section.name)} that is not made of whole instructions")
        symbols = elf.section_symbols(section, STT_FUNC)
        ends = [symbol.value for symbol in symbols[1:]] + [section.size]
        end_before = 0
        for symbol, following in zip(symbols, ends):
            if symbol.value == following and not (symbol.size and following == section.size):
                continue  # another name of the same function comes next, or this is only where the section ends
            size = symbol.size or following - symbol.value
            start, odd = divmod(symbol.value, INSTRUCTION_SIZE)
            inside = end_before <= symbol.value < symbol.value + size <= section.size
            if odd or size % INSTRUCTION_SIZE or not inside:
                raise XdpError(
                    f"has a function {short(symbol.name)} that is not within its section {short(section.name)}"
                )
            end_before = symbol.value + size
            self._starts[section.number, start] = Function(
                symbol.name,
                section,
                start,
                size // INSTRUCTION_SIZE,
                symbol.binding == STB_LOCAL,
                symbol.visibility in (STV_HIDDEN, STV_INTERNAL),
            )

    def at(self, section: int, instruction: int) -> Function | None:
        """The function that begins here."""
        return self._starts.get((section, instruction))

    def entries(self) -> list[Entry]:
        """What can be loaded as a program of its own, by name."""
        kinds: dict[int, tuple[int, str, str]] = {}
        found = []
        for function in self._starts.values():
            section = function.section
            if self.is_entry(function):
                if section.number not in kinds:
                    kinds[section.number] = _kind(section.name)
                found.append(Entry(function, *kinds[section.number]))
        return sorted(found, key=lambda entry: entry.function.name)

    def is_entry(self, function: Function) -> bool:
        """Whether it is one of ``entries()``."""
        return not function.local and function.section.name != _SHARED_CODE

    def shared(self) -> list[str]:
        """Global functions where only functions are that others call."""
        found = self._starts.values()
        return sorted(each.name for each in found if not each.local and each.section.name == _SHARED_CODE)


def _kind(section: str) -> tuple[int, str, str]:
    """Flags of the programs in a section, why they are not XDP programs, and what they are loaded for.

    The names are those of libbpf (section_defs in libbpf.c), with what it and
    others took before 1.0: anything that begins with ``xdp``.
    """
    name = section[:_LONGEST_KIND].lstrip("?")  # libbpf: not loaded unless asked for
    kind, _slash, rest = name.partition("/")
    flags = F_XDP_HAS_FRAGS if kind == "xdp.frags" else 0
    for attach_type in (XDP_DEVMAP, XDP_CPUMAP):
        if kind == attach_type or (kind in ("xdp", "xdp.frags") and f"xdp_{rest.split('/')[0]}" == attach_type):
            return flags, "", attach_type
    if name.startswith("xdp") or name == _IPROUTE2_SECTION:
        return flags, "", XDP
    return 0, f"it is in section {short(section)}, which is not for XDP programs", XDP
