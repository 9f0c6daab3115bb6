# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The options of xdp_map. A test holds the two texts together: ansible-test takes no other than literal ones.
    DOCUMENTATION = r"""
options:

  entries:
    description:
      - The entries, as a list of dictionaries with C(key) and C(value). The filter P(ansible.builtin.dict2items#filter) converts a
        dictionary to such a list.
      - Keys and values are written according to the program's types. A structure is a dictionary of its fields, an array is a list, and an
        enumerator is its name.
      - Addresses and prefixes are text, such as V(192.0.2.0/24). If a key is a prefix, an address stands for the prefix that contains only this
        address.
      - An entry without C(value) is added with O(default_value) if the map does not have its key. If the map has the key, the value is not
        compared. The same applies to fields that a dictionary leaves out.
      - Use this for up to about 500 entries, because Ansible takes seconds to template thousands. Use O(src) for more.
      - Give either this or O(src), or neither to empty the map (O(exclusive) with O(allow_empty)).
    type: list
    elements: dict
  src:
    description:
      - A file of entries instead of O(entries), with up to 16 million rows.
      - It is found on the controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy), and may be
        encrypted by ansible-vault. It is sent to the host only if the host does not have these entries yet.
      - It is UTF-8 text. Empty lines, and lines that begin with C(#), are ignored.
    type: path
  remote_src:
    description:
      - Whether O(src) is a file on the host rather than on the controller.
    type: bool
    default: false
  format:
    description:
      - The format of O(src). By default, it depends on the extension of the file's name, C(.csv), C(.jsonl) or C(.ndjson). Most other
        files are read as V(lines). Endings of other formats, such as C(.json), C(.yml) and C(.tsv), need this option.
      - V(csv) begins with a line that names the columns. These are C(key), or C(key.FIELD) for each field of a structure, and the same for
        C(value). An empty cell leaves the value or the field out; an empty cell in quotes (C("")) is an empty string.
      - V(jsonl) has one JSON object on each line, such as C({"key":"10.0.0.0/8","value":1}).
      - V(lines) has one key on each line. Text after a C(#) is a comment.
    type: str
    choices: [csv, jsonl, lines]
  state:
    description:
      - V(present) makes sure that the map has these entries, and V(absent) that it does not have these keys. In an array, whose entries always
        exist, V(absent) writes zeros.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether to remove entries that are not declared. In an array, they are set to zero.
      - If no entry is declared, this fails unless O(allow_empty=true), so that a failed download does not empty a block list.
      - This is not possible with O(state=absent), or for maps that evict entries themselves (LRU).
    type: bool
    default: false
  allow_empty:
    description:
      - Whether O(exclusive=true) may empty the map.
    type: bool
    default: false
  existing:
    description:
      - What to do if the map has an entry with another value. V(update) sets the declared value.
      - V(keep) keeps the current value. Use it for counters that start from the declared value.
    type: str
    choices: [update, keep]
    default: update
  atomic:
    description:
      - Whether all changes take effect at once. A new map is filled, the same program is loaded with it, and the interfaces
        switch to that program. The set's other maps and variables are reused.
      - M(ebpf.xdp.xdp_test) ignores this option.
      - This needs memory for both maps at the same time. M(ebpf.xdp.xdp_map) also needs the name of the set, and the object that
        M(ebpf.xdp.xdp_boot) keeps of it.
      - This is not possible with O(state=absent), for maps that another set lends or borrows, or for maps whose entries lead to
        programs, maps or interfaces, such as program arrays and devmaps.
    type: bool
    default: false
  permanent:
    description:
      - Whether M(ebpf.xdp.xdp_boot) and M(ebpf.xdp.xdp_map) keep the declared entries for the next boot, if the pin set is kept.
      - With V(false), the next boot brings back what was kept before, and a warning says so.
      - M(ebpf.xdp.xdp_pin) and M(ebpf.xdp.xdp_test) keep nothing on the disk, so this option has no effect there.
    type: bool
    default: true
  key_type:
    description:
      - What the bytes of a key mean, if the program's types (BTF) do not describe them, or do not describe them well enough.
      - "V(ipv4), V(ipv6), V(mac), V(be16), V(be32), V(be64), V(u8) to V(u64), V(i8) to V(i64), V(bool), V(text), V(hex), or a list of
        fields, such as V([{name: address, type: ipv4}, {name: port, type: be16}]). In a list, V(text) and V(hex) need their C(size) in
        bytes."
    type: raw
  value_type:
    description:
      - What the bytes of a value mean, in the same form as O(key_type). It is not possible for maps whose values name interfaces,
        programs or maps.
    type: raw
  default_value:
    description:
      - The value for new entries that are declared without a value. The default is zeros.
    type: raw
  xdp_internal:
    description:
      - For internal use. Only the collection sets it. A task that sets it fails.
    type: dict
"""

    # The same in each element of ``contents``.
    LIST = r"""
options:
  contents:
    description:
      - What the maps of the set contain. Each element describes one map.
      - A map is filled before a program that uses it is attached, so that no packet meets an empty table.
      - M(ebpf.xdp.xdp_map) takes the same options for one map of a set that is pinned already.
    type: list
    elements: dict
    default: []
    suboptions:
      map:
        description:
          - The name of the map.
        type: str
        required: true

      entries:
        description:
          - The entries, as a list of dictionaries with C(key) and C(value). The filter P(ansible.builtin.dict2items#filter) converts a
            dictionary to such a list.
          - Keys and values are written according to the program's types. A structure is a dictionary of its fields, an array is a list, and an
            enumerator is its name.
          - Addresses and prefixes are text, such as V(192.0.2.0/24). If a key is a prefix, an address stands for the prefix that contains only
            this address.
          - An entry without C(value) is added with O(contents[].default_value) if the map does not have its key. If the map has the key, the
            value is not compared. The same applies to fields that a dictionary leaves out.
          - Use this for up to about 500 entries, because Ansible takes seconds to template thousands. Use O(contents[].src) for more.
          - Give either this or O(contents[].src), or neither to empty the map (O(contents[].exclusive) with O(contents[].allow_empty)).
        type: list
        elements: dict
      src:
        description:
          - A file of entries instead of O(contents[].entries), with up to 16 million rows.
          - It is found on the controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy), and may be
            encrypted by ansible-vault. It is sent to the host only if the host does not have these entries yet.
          - It is UTF-8 text. Empty lines, and lines that begin with C(#), are ignored.
        type: path
      remote_src:
        description:
          - Whether O(contents[].src) is a file on the host rather than on the controller.
        type: bool
        default: false
      format:
        description:
          - The format of O(contents[].src). By default, it depends on the extension of the file's name, C(.csv), C(.jsonl) or C(.ndjson). Most
            other files are read as V(lines). Endings of other formats, such as C(.json), C(.yml) and C(.tsv), need this option.
          - V(csv) begins with a line that names the columns. These are C(key), or C(key.FIELD) for each field of a structure, and the same for
            C(value). An empty cell leaves the value or the field out; an empty cell in quotes (C("")) is an empty string.
          - V(jsonl) has one JSON object on each line, such as C({"key":"10.0.0.0/8","value":1}).
          - V(lines) has one key on each line. Text after a C(#) is a comment.
        type: str
        choices: [csv, jsonl, lines]
      state:
        description:
          - V(present) makes sure that the map has these entries, and V(absent) that it does not have these keys. In an array, whose entries
            always exist, V(absent) writes zeros.
        type: str
        choices: [present, absent]
        default: present
      exclusive:
        description:
          - Whether to remove entries that are not declared. In an array, they are set to zero.
          - If no entry is declared, this fails unless O(contents[].allow_empty=true), so that a failed download does not empty a block list.
          - This is not possible with O(contents[].state=absent), or for maps that evict entries themselves (LRU).
        type: bool
        default: false
      allow_empty:
        description:
          - Whether O(contents[].exclusive=true) may empty the map.
        type: bool
        default: false
      existing:
        description:
          - What to do if the map has an entry with another value. V(update) sets the declared value.
          - V(keep) keeps the current value. Use it for counters that start from the declared value.
        type: str
        choices: [update, keep]
        default: update
      atomic:
        description:
          - Whether all changes take effect at once. A new map is filled, the same program is loaded with it, and the interfaces
            switch to that program. The set's other maps and variables are reused.
          - M(ebpf.xdp.xdp_test) ignores this option.
          - This needs memory for both maps at the same time. M(ebpf.xdp.xdp_map) also needs the name of the set, and the object that
            M(ebpf.xdp.xdp_boot) keeps of it.
          - This is not possible with O(contents[].state=absent), for maps that another set lends or borrows, or for maps whose entries lead to
            programs, maps or interfaces, such as program arrays and devmaps.
        type: bool
        default: false
      permanent:
        description:
          - Whether M(ebpf.xdp.xdp_boot) and M(ebpf.xdp.xdp_map) keep the declared entries for the next boot, if the pin set is kept.
          - With V(false), the next boot brings back what was kept before, and a warning says so.
          - M(ebpf.xdp.xdp_pin) and M(ebpf.xdp.xdp_test) keep nothing on the disk, so this option has no effect there.
        type: bool
        default: true
      key_type:
        description:
          - What the bytes of a key mean, if the program's types (BTF) do not describe them, or do not describe them well enough.
          - "V(ipv4), V(ipv6), V(mac), V(be16), V(be32), V(be64), V(u8) to V(u64), V(i8) to V(i64), V(bool), V(text), V(hex), or a list of
            fields, such as V([{name: address, type: ipv4}, {name: port, type: be16}]). In a list, V(text) and V(hex) need their C(size) in
            bytes."
        type: raw
      value_type:
        description:
          - What the bytes of a value mean, in the same form as O(contents[].key_type). It is not possible for maps whose values name interfaces,
            programs or maps.
        type: raw
      default_value:
        description:
          - The value for new entries that are declared without a value. The default is zeros.
        type: raw
      xdp_internal:
        description:
          - For internal use. Only the collection sets it. A task that sets it fails.
        type: dict
"""
