# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces, by what the kernel says of them."""

from __future__ import annotations

import os
import socket

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace

HERE = NetworkNamespace(4129, 4, 4026531840)


def test_this_one() -> None:
    found = namespace.current()
    assert found == namespace.current()
    assert os.readlink("/proc/self/ns/net") == f"net:[{found.inode}]"


def test_a_kernel_without_cookies_is_known_by_its_inodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "_SO_NETNS_COOKIE", 9999)  # as Linux before 5.14 answers
    with pytest.raises(OSError, match="not available"), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.getsockopt(socket.SOL_SOCKET, 9999, 8)
    assert namespace.current().cookie == 0
    assert namespace.current().inode == os.stat("/proc/self/ns/net").st_ino


def test_an_inode_that_another_namespace_has_got_since_does_not_make_them_one() -> None:
    assert HERE.same(HERE._replace(inode=1))
    assert not HERE.same(HERE._replace(cookie=4130))


def test_without_a_cookie_device_and_inode_decide() -> None:
    old = HERE._replace(cookie=0)
    assert old.same(HERE)
    assert HERE.same(old)
    assert not old.same(HERE._replace(inode=1))
    assert not old.same(old._replace(device=5))
