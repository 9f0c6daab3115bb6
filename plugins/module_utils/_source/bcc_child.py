# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Compiles one C text with bcc; runs as a child under an interpreter that has bcc.

A process of its own, because LLVM may crash, takes 100 MB, writes to standard
output, changes the working directory, and because bcc creates the maps in the
kernel at once: all of that ends with the child. Request (JSON, standard input):
``text``, ``flags``, ``directory`` (empty, private), ``limits`` (those of
compiler_limits.py, in their order). Answer: ``object`` (an object spec) and ``compiler``, or
``error`` with what the compiler said, or ``out_of_memory`` with what failed
because of it, or ``not_usable``. The parent imports this as well, for its name:
only the child imports what compiles.
"""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup  # noqa: F401  # pylint: disable=unused-import

# The file in the request's directory that has what the compiler said.
_LOG = "log"

# Characters: of a macro that fails in each of its million places, the first ones are enough.
_LONGEST_LOG = 1 << 16


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Compile what the parent asks for, within its limits. The answer is plain data, as is any failure."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import (
        Limits,
        is_out_of_memory,
        set_on_this_process,
    )

    limits = Limits(*request["limits"])
    set_on_this_process(limits)
    try:
        import bcc
    except Exception as error:  # a library that is installed may still fail to load
        said = f"{type(error).__name__}: {error}"
        return {"out_of_memory" if is_out_of_memory(said) else "not_usable": said}
    if not hasattr(bcc, "BPF"):
        return {"not_usable": "its module bcc is not the BPF Compiler Collection"}
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import kernel_headers
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_compile import CannotCompile, compile_text
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text

    try:
        tree = os.path.join(request["directory"], "linux")
        kernel_headers.write_tree(tree)
        os.environ["BCC_KERNEL_SOURCE"] = tree
        log = os.open(os.path.join(request["directory"], _LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        spec = compile_text(bcc, request["text"], request["flags"], limits.maps_mib)
        return {"object": spec_text.to_json(spec), "compiler": f"bcc {getattr(bcc, '__version__', '')}".strip()}
    except kernel_headers.Missing as missing:
        return {"missing_headers": str(missing)}
    except CannotCompile as error:
        return {"error": str(error)}
    except MemoryError:
        return {"out_of_memory": "MemoryError"}
    except Exception as error:  # bcc raises bare Exception for everything
        return {"error": read_log(request["directory"]) or str(error)}


def read_log(directory: str) -> str:
    """What the compiler said; ``directory`` is the request's. Raises ``OSError``."""
    with open(os.path.join(directory, _LOG), encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST_LOG).strip()


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
