# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a program on trial must hold to, judged by its counters."""

from __future__ import annotations

import math
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ebpf.xdp.plugins.module_utils._gate import GATE

#: Seconds of a trial that connecting, counting and confirming take beside the gate's own.
MARGIN = 10

_SHARES = ("max_drop_share", "max_drop_increase", "max_abort_share")


class Counted(t.NamedTuple):
    """What a program did with packets for some time; the shares are of all packets, ``None`` without any."""

    packets: int
    seconds: float
    drop_share: float | None
    abort_share: float | None


class Gate(t.NamedTuple):
    """The option ``gate``. A limit that is ``None`` is not one."""

    max_drop_share: float | None
    max_drop_increase: float | None
    max_abort_share: float | None
    seconds: float
    min_packets: int
    require_traffic: bool
    #: ``None`` for the one that xdp_stats finds by itself.
    map: str | None

    @property
    def counts(self) -> bool:
        """Whether anything has to be counted; if not, the gate is a time for which the host has to stay reachable."""
        return self.require_traffic or any(getattr(self, name) is not None for name in _SHARES)

    def judge(self, counted: Counted, before: Counted | None) -> dict[str, t.Any]:
        """What is returned as ``gate``; ``failures`` are the sentences that say why it did not pass."""
        failures = []
        enough = counted.packets >= self.min_packets
        increase = None
        if not enough and self.require_traffic:
            failures.append(f"there were {counted.packets} packets, and at least {self.min_packets} are required")
        if enough:
            drop, abort = counted.drop_share or 0.0, counted.abort_share or 0.0
            old = (before.drop_share if before and before.packets >= self.min_packets else None) or 0.0
            increase = drop - old
            if self.max_drop_share is not None and drop > self.max_drop_share:
                failures.append(f"it dropped {_percent(drop)}, more than {_percent(self.max_drop_share)}")
            if self.max_drop_increase is not None and increase > self.max_drop_increase:
                failures.append(
                    f"it dropped {_percent(drop)} and the old program {_percent(old)}, which is an increase of more than "
                    f"{_percent(self.max_drop_increase)}"
                )
            if self.max_abort_share is not None and abort > self.max_abort_share:
                failures.append(f"it aborted {_percent(abort)}, more than {_percent(self.max_abort_share)}")
        return {
            "passed": not failures,
            "enough": enough,
            **counted._asdict(),
            "drop_increase": increase if self.max_drop_increase is not None else None,
            "failures": failures,
        }


def gate_of(given: t.Any, timeout: int | None, state: str) -> Gate:
    """Read and check the option; ``timeout`` is ``confirm_timeout``, where 0 means no trial."""
    checked = ArgumentSpecValidator({"gate": GATE}).validate({"gate": given})
    if checked.errors.messages:
        raise AnsibleActionFail(f"{'; '.join(checked.errors.messages)}. Nothing was changed")
    gate = Gate(**checked.validated_parameters["gate"])
    for name in _SHARES:
        share = getattr(gate, name)
        if share is not None and not 0 <= share <= 1:
            raise AnsibleActionFail(
                f"gate.{name}: {share} is not a share of all packets, which is from 0 to 1. Nothing was changed"
            )
    if gate.min_packets < 1:
        raise AnsibleActionFail(
            f"gate.min_packets: {gate.min_packets} is not possible. Set it to 1 or more. Nothing was changed"
        )
    if not (math.isfinite(gate.seconds) and gate.seconds > 0):
        raise AnsibleActionFail(f"gate.seconds: {gate.seconds} is not a time to count for. Nothing was changed")
    if not timeout:
        raise AnsibleActionFail(
            "gate is judged while a change is on trial, so it needs confirm_timeout. Give that as well, as the seconds after which "
            "the old program comes back by itself. Nothing was changed"
        )
    if timeout < gate.seconds + MARGIN:
        raise AnsibleActionFail(
            f"confirm_timeout: {timeout} is too short for a gate of {gate.seconds:g} seconds. Give at least "
            f"{math.ceil(gate.seconds + MARGIN)}: connecting and confirming take some time as well. Nothing was changed"
        )
    if state == "absent" and gate.counts:
        raise AnsibleActionFail(
            "gate has limits, and after state: absent there is no program whose packets could be counted. Leave them out. "
            "Nothing was changed"
        )
    return gate


def counted_of(answer: t.Mapping[str, t.Any]) -> Counted:
    """What xdp_stats has answered, with ``interval``; ValueError for what it cannot have."""
    try:
        seconds = float(answer["seconds"])
        rates = {name: float(each["packets_per_second"]) for name, each in answer["stats"].items()}
        total = float(answer["total"]["packets_per_second"])
        dropped, aborted = rates["drop"], rates["aborted"]
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError(f"xdp_stats has answered without {error}") from error
    if not math.isfinite(total * seconds):
        raise ValueError("xdp_stats has answered with a rate that is no number")
    packets = round(total * seconds)
    if not packets or total <= 0:
        return Counted(packets, seconds, None, None)
    return Counted(packets, seconds, dropped / total, aborted / total)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
