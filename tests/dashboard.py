# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Grafana dashboard that comes with the role xdp_metrics, built with Grafana's own library: dashboard.py prints it.

Each panel's description names the fault that makes it move.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from grafana_foundation_sdk.builders import bargauge, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode, VariableRefresh

#: A variable, so that each Prometheus can be chosen.
_SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")

_HOST = 'instance=~"$instance"'
_WHICH = f'{_HOST},pin_set=~"$pin_set"'
_PLACE = "instance, pin_set, interface"
_PLACE_SHOWN = "{{instance}} {{interface}} {{pin_set}}"


class _Panel(NamedTuple):
    kind: Callable[[], Any]
    title: str
    #: The fault that makes it move.
    why: str
    expression: str
    legend: str = ""
    unit: str = ""

    def built(self, width: int, height: int) -> Any:
        query = prometheus.Dataquery().expr(self.expression).legend_format(self.legend)
        if self.kind is table.Panel:
            query.instant().format("table")
        panel = self.kind().title(self.title).description(self.why).datasource(_SOURCE).span(width).height(height)
        return (panel.unit(self.unit) if self.unit else panel).with_target(query)


def _trouble() -> Any:
    """A number that is red above 0."""
    steps = [Threshold(value=None, color="green"), Threshold(value=1, color="red")]
    return stat.Panel().thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))


def _packets(by: str, verdict: str = "") -> str:
    chosen = f',verdict="{verdict}"' if verdict else ""
    return f"sum by ({by}) (rate(ebpf_xdp_packets_total{{{_WHICH}{chosen}}}[$__rate_interval]))"


_STATE = (
    _Panel(
        stat.Panel,
        "Attached",
        "Falls when a link is removed, or a host is gone.",
        f"sum(ebpf_xdp_attached{{{_WHICH}}})",
    ),
    _Panel(
        _trouble,
        "Not attached",
        "Rises when an interface does not run the program that was declared for it.",
        f"count(ebpf_xdp_attached{{{_WHICH}}} == 0)",
    ),
    _Panel(
        _trouble,
        "Foreign programs",
        "Rises when somebody attaches a program that is of no pin set.",
        f"sum(ebpf_xdp_foreign{{{_HOST}}})",
    ),
    _Panel(
        _trouble,
        "Kept differently",
        "Rises when the next boot would bring back something else than what is in force.",
        f'sum(ebpf_xdp_kept_info{{{_WHICH},state="different"}})',
    ),
    _Panel(
        stat.Panel,
        "On trial",
        "Is above 0 while a change waits for its confirmation.",
        f"sum(ebpf_xdp_pending{{{_WHICH}}})",
    ),
    _Panel(
        stat.Panel,
        "Oldest reading",
        "Rises when the timer of a host stops.",
        f'max(time() - node_textfile_mtime_seconds{{{_HOST},file=~"(.*/)?ebpf_xdp[.]prom"}})',
        unit="s",
    ),
)

_PACKETS = (
    _Panel(
        timeseries.Panel,
        "Packets by verdict",
        "Drops rise under an attack, aborted packets with a broken program.",
        _packets("verdict"),
        "{{verdict}}",
        "pps",
    ),
    _Panel(
        heatmap.Panel,
        "Share of dropped packets, by host",
        "One line stands out when one host drops more than the others.",
        f"{_packets('instance', 'drop')} / {_packets('instance')}",
        "{{instance}}",
    ),
    _Panel(
        bargauge.Panel,
        "Most packets dropped",
        "Shows where an attack arrives.",
        f"topk(10, {_packets(_PLACE, 'drop')})",
        _PLACE_SHOWN,
        "pps",
    ),
    _Panel(
        timeseries.Panel,
        "Aborted packets",
        "Rises with an error in a program, or a verdict that does not exist.",
        _packets(_PLACE, "aborted"),
        _PLACE_SHOWN,
        "pps",
    ),
    _Panel(
        timeseries.Panel,
        "Why packets were lost",
        "Rises with each error in a program, and with each packet that cannot be redirected. Needs xdp_monitor on the hosts.",
        f"sum by ({_PLACE}, reason) (rate(ebpf_xdp_exceptions_total{{{_HOST}}}[$__rate_interval]))",
        f"{_PLACE_SHOWN} {{{{reason}}}}",
        "pps",
    ),
    _Panel(
        timeseries.Panel,
        "Who decided, in chains",
        "Changes when a member of a chain begins to decide otherwise.",
        f"sum by (pin_set, member, verdict) (rate(ebpf_xdp_member_packets_total{{{_WHICH}}}[$__rate_interval]))",
        "{{pin_set}} {{member}} {{verdict}}",
        "pps",
    ),
    _Panel(
        timeseries.Panel,
        "Bits by host",
        "Falls when traffic stays away from a host.",
        f"8 * sum by (instance) (rate(ebpf_xdp_bytes_total{{{_WHICH}}}[$__rate_interval]))",
        "{{instance}}",
        "bps",
    ),
)

_REST = (
    _Panel(
        timeseries.Panel,
        "Hosts by version",
        "One line takes over from another during a roll-out; two stay when it stops.",
        f"count by (pin_set, version) (ebpf_xdp_program_info{{{_WHICH}}})",
        "{{pin_set}} {{version}}",
    ),
    _Panel(
        bargauge.Panel,
        "Fullness of maps",
        "Rises as a table fills.",
        f"topk(20, ebpf_xdp_map_entries{{{_WHICH}}} / ebpf_xdp_map_max_entries{{{_WHICH}}})",
        "{{instance}} {{pin_set}} {{map}}",
        "percentunit",
    ),
    _Panel(
        table.Panel,
        "Programs of no pin set",
        "Lists what somebody has attached by other means.",
        f"ebpf_xdp_foreign{{{_HOST}}}",
    ),
    _Panel(
        table.Panel,
        "Could not be read",
        "Lists pin sets and namespaces whose reading failed.",
        f"ebpf_xdp_collect_failed{{{_HOST}}}",
    ),
)

_NEW_VERSIONS = (
    "count by (pin_set, version) (ebpf_xdp_program_info) "
    "unless count by (pin_set, version) (ebpf_xdp_program_info offset 2m)"
)


def built() -> str:
    board = (
        dashboard.Dashboard("XDP programs")
        .uid("ebpf-xdp")
        .tags(["ebpf", "xdp"])
        .refresh("30s")
        .time("now-1h", "now")
        .with_variable(dashboard.DatasourceVariable("source").label("Prometheus").type("prometheus"))
        .annotation(
            dashboard.AnnotationQuery()
            .name("New versions")
            .datasource(_SOURCE)
            .enable(True)
            .icon_color("blue")
            .expr(_NEW_VERSIONS)
        )
    )
    for name, label in (("instance", "Host"), ("pin_set", "Pin set")):
        board.with_variable(
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(_SOURCE)
            .query(f"label_values(ebpf_xdp_attached, {name})")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .multi(True)
            .include_all(True)
            .all_value(".*")
        )
    for title, panels, width, height in (
        ("State", _STATE, 4, 4),
        ("Packets", _PACKETS, 12, 8),
        ("Versions and tables", _REST, 12, 8),
    ):
        board.with_row(dashboard.Row(title))
        for panel in panels:
            board.with_panel(panel.built(width, height))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


if __name__ == "__main__":
    print(built(), end="")
