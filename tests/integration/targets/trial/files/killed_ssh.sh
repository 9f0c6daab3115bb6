#!/bin/sh
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ssh(1) for killed.py: counts its uses. At the one that is given, it waits to be killed before anything is sent if that
# number is odd, and is killed while the host works if it is even.
uses=$TRIAL_DIRECTORY/$TRIAL_RUN.uses
echo >>"$uses"
if [ "$(wc -l <"$uses")" = "$TRIAL_KILL_AT" ]; then
    if [ $((TRIAL_KILL_AT % 2)) = 1 ]; then
        : >"$TRIAL_DIRECTORY/$TRIAL_RUN.struck"
        exec sleep 60
    fi
    (sleep 0.3 && : >"$TRIAL_DIRECTORY/$TRIAL_RUN.struck") &
fi
exec ssh "$@"
