# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of what was measured: report.py SAMPLES DIRECTORY"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import typing as t

#: What is measured, against what, and what it shall come to: (at most, ratio) or (at least, times as fast).
_ROWS: tuple[tuple[str, str, tuple[str, float] | None], ...] = (
    *(
        row
        for where in ("ssh", "local")
        for row in (
            (f"{where}: converged xdp_pin from an object", "ping", ("at most", 1.10)),
            (f"{where}: converged xdp_pin from C", "ping", ("at most", 1.10)),
            (f"{where}: converged xdp_map of 100 entries", "ping", ("at most", 1.15)),
            (f"{where}: xdp_pinned_info", "ping", ("at most", 1.10)),
            (f"{where}: xdp_stats", "ping", ("at most", 1.10)),
            (f"{where}: first xdp_pin from an object", "ping", ("at most", 1.20)),
            (f"{where}: first xdp_pin from an object, attached nowhere", "ping", None),
            (f"{where}: first xdp_pin from C, compiled on the host", "ping", ("at most", 2.0)),
            (f"{where}: absent", "ping", None),
        )
    ),
    ("first deployment, its tasks", "by copy and commands", ("at least", 3.0)),
    ("converged deployment, its tasks", "by copy and commands", ("at least", 4.0)),
    ("first deployment, the whole command", "by copy and commands", None),
    ("converged deployment, the whole command", "by copy and commands", None),
    ("50 hosts: converged xdp_pin from an object", "ping", ("at most", 1.15)),
    ("100 hosts: converged xdp_pin from an object", "ping", ("at most", 1.15)),
    *(
        row
        for module in ("xdp_pin", "xdp_pinned_info", "xdp_stats", "xdp_compile", "xdp_boot", "xdp_host_info", "xdp_map")
        for row in (
            (f"payload of {module}", "ping", ("at most", 1.10)),
            (f"payload of {module}, code alone", "ping", None),
        )
    ),
    ("percpu_array of 100,000 entries", "bpftool map dump -j", ("at least", 5.0)),
    ("hash of 1,000,000 entries", "bpftool map dump -j", ("at least", 5.0)),
    ("hash of 100,000 entries, decoded", "bpftool map dump -j", ("at least", 2.0)),
    ("the reading process at its largest, percpu_array of 100,000 entries", "", None),
    ("the reading process at its largest, hash of 1,000,000 entries", "", None),
    *(
        row
        for map_type in ("lpm_trie", "hash")
        for count in ("100,000", "1,000,000")
        for row in (
            (
                f"converged {map_type} of {count} entries",
                "its look-up by the kernel",
                ("at most", 1.3) if map_type == "lpm_trie" else None,
            ),
            (f"first fill of {map_type}, {count} entries, alone", "", None),
            (f"the comparing process at its largest, {map_type} of {count} entries", "", None),
        )
    ),
    ("first fill of lpm_trie, 100,000 entries", "bpftool batch", ("at least", 8.0)),
    ("first fill of hash, 100,000 entries", "bpftool batch", ("at least", 8.0)),
    *(
        row
        for count in ("100,000", "1,000,000")
        for what in (
            f"first fill of {count} prefixes",
            f"converged xdp_map of {count} prefixes",
            f"ten of {count} prefixes changed",
        )
        for row in (
            (f"{what}: the largest process on the controller", "", ("at most", 512 << 20)),
            (f"{what}: the module's process on the host", "", ("at most", 256 << 20)),
            (f"{what}: lock of the BPF file system", "", None),
        )
    ),
    ("an empty program", "", None),
    ("xdp_stats_pass, over an empty program", "", ("at most", 1.5)),
    ("xdp_stats_pass on trial, over xdp_stats_pass", "", None),
    ("xdp_stats_pass, over counters by verdict alone", "", ("at most", 0.5)),
    ("asking for the interface, over an empty program", "", None),
    *(
        row
        for what in ("an interface", "a processor")
        for bulk in (64, 1)
        for told in (f"redirected to {what}, bulks of {bulk}, with the monitor",)
        for row in ((told, "without", None), (f"{told}, more", "", None))
    ),
    *(
        (f"filter: {what}, {how}", "xdp-filter", ("at most", 1.1))
        for what in ("10 addresses", "10,000 addresses", "100 ports of UDP", "10,000 MAC addresses")
        for how in ("listed", "not listed")
    ),
    *(
        (f"filter: {count} prefixes, over one look-up", "", ("at most", 10.0))
        for count in ("10", "1,000", "100,000", "1,000,000")
    ),
    ("filter: 9 conditions, over none", "", None),
    ("load and pin an ELF object, with its record", "bpftool prog loadall", ("at least", 1.0)),
    ("load the spec of an ELF object, without pins", "", None),
    ("load and pin a CO-RE object, with its record", "bpftool prog loadall", ("at least", 1.0)),
    ("load the spec of a CO-RE object, without pins", "", None),
)


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:,.1f} ms" if value < 10 else f"{value:,.1f} s"
    return f"{value / 1000:,.0f} kB" if unit == "bytes" else f"{value:.2f} {unit}"


def _is_speed(row: dict[str, t.Any]) -> bool:
    """Told as so many times as fast, rather than as a share."""
    return row["against"] not in ("ping", "without", "its look-up by the kernel", "xdp-filter")


def _row(
    name: str, against: str, target: tuple[str, float] | None, samples: list[dict[str, t.Any]]
) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {
        "what": name,
        "against": against,
        "unit": samples[0]["unit"],
        "samples": len(samples),
        "median": statistics.median(each["value"] for each in samples),
        "target": target and list(target),
    }
    compared = found["median"]
    if samples[0]["base"] is not None:
        found["against_median"] = statistics.median(each["base"] for each in samples)
        ratios = [each["value"] / each["base"] for each in samples]
        if _is_speed(found):
            ratios = [1 / ratio for ratio in ratios]
        compared = found["ratio"] = statistics.median(ratios)
    if target:
        shown = round(compared, 2)
        found["met"] = shown <= target[1] if target[0] == "at most" else shown >= target[1]
    return found


def _line(row: dict[str, t.Any]) -> str:
    cells = [row["what"], _amount(row["median"], row["unit"]), row["against"]]
    cells.append(_amount(row["against_median"], row["unit"]) if "ratio" in row else "")
    target = row["target"]
    faster = _is_speed(row)
    ratio = row.get("ratio")
    cells.append("" if ratio is None else f"{ratio:.1f} times as fast" if faster else f"{ratio:.2f}")
    aim = (
        ""
        if not target
        else _amount(target[1], "bytes")
        if row["unit"] == "bytes" and ratio is None
        else f"{target[1]:g}"
    )
    cells.append("" if not target else f"{target[0]} {aim}, {'met' if row['met'] else '**not met**'}")
    return f"| {' | '.join(cells)} | {row['samples']} |"


def _machine() -> dict[str, t.Any]:
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        models = [line.partition(":")[2].strip() for line in cpus if line.startswith("model name")]
    release = "import ansible.release as r; print(r.__version__)"
    python = subprocess.run(["/usr/bin/python3", "-V"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[1]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": python,
        "ansible_core": subprocess.run(
            [sys.executable, "-c", release], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip(),
        "load": [round(each, 1) for each in os.getloadavg()],
    }


def main() -> None:
    samples: dict[str, list[dict[str, t.Any]]] = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            each = json.loads(line)
            samples.setdefault(each["name"], []).append(each)
    rows = [_row(name, against, target, samples[name]) for name, against, target in _ROWS if name in samples]
    machine = _machine()
    told = (
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, Python {machine['python']} on the host, "
        f"ansible-core {machine['ansible_core']}; load over 1, 5 and 15 minutes {', '.join(map(str, machine['load']))}"
    )
    lines = [
        "| what | median | against | median | ratio, median of pairs | target | pairs |",
        "|---|---|---|---|---|---|---|",
    ]
    table = "\n".join([told, "", *lines, *map(_line, rows)]) + "\n"
    with open(os.path.join(sys.argv[2], "results.md"), "w", encoding="utf-8") as file:
        file.write(table)
    with open(os.path.join(sys.argv[2], "results.json"), "w", encoding="utf-8") as file:
        json.dump({"machine": machine, "results": rows}, file, indent=2)
    print(table, end="")


if __name__ == "__main__":
    main()
