# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Several programs as one.
    DOCUMENTATION = r"""
options:
  chain:
    description:
      - Several programs that run one after the other, in this order, in place of O(src) and the options that go with it. A chain has 1 to 16
        members.
      - They are linked into one program, called C(chain), before anything is loaded. Upgrading a member, or changing the order, upgrades
        this program in one step. The maps of all other members stay as they are.
      - "The members keep their own maps, called C(MEMBER:MAP). A pin set with a single program that becomes a chain keeps its
        maps: each goes to the first member that has a map of this name and shape."
    type: list
    elements: dict
    version_added: 0.1.0
    suboptions:
      name:
        description:
          - The member's name, a C identifier of at most 32 characters. It is unique in the chain, and not V(chain). Its maps are pinned as
            C(NAME:MAP). In O(constants) for an object that is a chain, the values for its variables are a dictionary under C(NAME).
        type: str
        required: true
      src:
        description:
          - The member's program, in the same form as O(src). C sources are compiled on the host, and the chain is then linked there.
            Otherwise it is linked on the controller.
        type: path
      object:
        description:
          - The member's object, as M(ebpf.xdp.xdp_compile) returned it.
          - Each member must have exactly one of O(chain[].src), O(chain[].object) and O(chain[].filter).
        type: dict
      filter:
        description:
          - Rules instead of a program, in the same form as O(filter). M(ebpf.xdp.xdp_compile) does not accept it.
        type: dict
      program:
        description:
          - The name of the member's program in its source or object. You can omit it if only one of the programs is for interfaces.
        type: str
      proceed_on:
        description:
          - The verdicts after which a packet goes on to the next member. They are any of V(aborted), V(drop), V(pass), V(tx) and
            V(redirect). After any other verdict, the chain ends.
          - The default is what the object itself requests in the section C(.xdp_run_config) of libxdp, or else V([pass]).
          - The verdict of the last member is returned unchanged.
        type: list
        elements: str
      constants:
        description:
          - The same as O(constants), for this member.
        type: dict
        default: {}
      map_options:
        description:
          - The same as O(map_options), for this member. The keys are the names that the maps have in its source.
        type: dict
        default: {}
      defines:
        description:
          - The same as O(defines), for this member.
        type: dict
        default: {}
      compiler:
        description:
          - The same as O(compiler), for this member.
        type: str
        choices: [auto, bcc, clang]
        default: auto
      remote_src:
        description:
          - The same as O(remote_src), for this member.
        type: bool
        default: false
      checksum:
        description:
          - The same as O(checksum), for this member.
        type: str
      signature:
        description:
          - The same as O(signature), for this member.
        type: str
      allowed_signers:
        description:
          - The same as O(allowed_signers), for this member.
        type: path
      signer:
        description:
          - The same as O(signer), for this member.
        type: str
      revoked_keys:
        description:
          - The same as O(revoked_keys), for this member.
        type: path
      xdp_internal:
        description:
          - For internal use. Only the collection sets it. A task that sets it fails.
        type: dict
  count_verdicts:
    description:
      - Whether the chain (O(chain)) counts packets and bytes by verdict and interface, and packets by verdict of each member.
        M(ebpf.xdp.xdp_stats) shows the counters.
      - The default is V(true) for a chain of two members or more.
      - With a chain of one member, you can count the packets of any program without changing its source. Without O(chain), the option is
        refused.
    type: bool
    version_added: 0.1.0
"""
