# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  pin_root:
    description:
      - The directory that contains the pin sets, each in a subdirectory with the name of the set.
      - It must be in a BPF file system that is mounted. The directory itself is created when it is needed.
      - Names in a BPF file system cannot contain dots.
      - This directory and every directory above it must belong to root, or to the user who runs the module. Nobody else may have write
        access to them, except to directories above O(pin_root) that have the sticky bit.
    type: path
    default: /sys/fs/bpf/ansible
"""
