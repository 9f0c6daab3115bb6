# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks, each a session: ``nox -l`` lists them, CONTRIBUTING.md says how to run them.

All sessions share the environment that nox runs in, made of tests/requirements/checks.txt: one environment for all
takes half a minute to make, one for each of them several.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import antsibull_nox
import nox

nox.options.default_venv_backend = "none"
nox.options.envdir = ".cache/nox"

REPOSITORY = Path(__file__).parent

antsibull_nox.load_antsibull_nox_toml()


@functools.lru_cache(maxsize=None)
def collections() -> Path:
    """A directory with the collection under the path that Ansible wants, and without what is not part of it."""
    # Not below the repository: ansible-test would ask git there which files count, and git ignores copies.
    root = Path(tempfile.mkdtemp(prefix="ebpf-xdp-"))
    atexit.register(shutil.rmtree, root)
    not_ours = shutil.ignore_patterns(".git", ".cache", "__pycache__", "output")
    shutil.copytree(REPOSITORY, root / "ansible_collections/ebpf/xdp", symlinks=True, ignore=not_ours)
    return root


def in_collection(session: nox.Session, *command: str, silent: bool = False, **env: str) -> None:
    """Run in the copy, where Ansible and Python find the collection by its name; ``silent`` unless it fails."""
    root = collections()
    found = {"ANSIBLE_COLLECTIONS_PATH": str(root), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **env}
    with session.chdir(root / "ansible_collections/ebpf/xdp"):
        session.run(*command, env=found, silent=silent)


def files(*patterns: str) -> list[str]:
    """Files of the repository by pattern; no links, and nothing of what others keep in it."""
    others = {".git", ".cache", "output"}
    found = (path for pattern in patterns for path in REPOSITORY.glob(pattern))
    paths = (path.relative_to(REPOSITORY) for path in found if path.is_file() and not path.is_symlink())
    return sorted({str(path) for path in paths if not others.intersection(path.parts)})


FORGE_FILES = {
    "github-workflows": [".github/workflows/*"],
    "github-issue-forms": [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml"],
    "github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
    "dependabot": [".github/dependabot.yml"],
}
C_FILES = ("plugins/**/*.[ch]", "tests/**/*.[ch]")


@nox.session(default=False)
def format(session: nox.Session) -> None:
    """Write Python and C the way that "lint" wants them."""
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")
    session.run("clang-format", "-i", *files(*C_FILES))


@nox.session
def lint(session: nox.Session) -> None:
    """Python (ruff), C (clang-format), shell (shellcheck) and spelling (codespell)."""
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("clang-format", "--dry-run", "-Werror", *files(*C_FILES))
    session.run("shellcheck", "--external-sources", *files("*.sh", ".ci/run", "tests/**/*.sh", "tests/vm/init"))
    session.run("codespell")


@nox.session(name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Roles, playbooks and tests, by the profile "production" (.ansible-lint)."""
    in_collection(session, "ansible-lint", "--offline", "--nocolor")


@nox.session
def types(session: nox.Session) -> None:
    """Type hints of the plugins (mypy, strict)."""
    root = collections()
    with session.chdir(root):
        session.run(
            "mypy",
            f"--config-file={REPOSITORY}/pyproject.toml",
            f"--cache-dir={REPOSITORY}/.cache/mypy",
            "-p",
            "ansible_collections.ebpf.xdp.plugins",
        )


@nox.session
def docs(session: nox.Session) -> None:
    """Documentation of modules and roles, and the playbook's syntax."""
    in_collection(
        session,
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--no-skip-rstcheck",
        "--validate-collection-refs",
        "self",
        ".",
    )
    modules = [f"ebpf.xdp.{path.stem}" for path in sorted((REPOSITORY / "plugins/modules").glob("*.py"))]
    roles = [f"ebpf.xdp.{path.name}" for path in sorted((REPOSITORY / "roles").iterdir())]
    in_collection(session, "ansible-doc", "--type", "module", *modules, silent=True)
    in_collection(session, "ansible-doc", "--type", "role", *roles, silent=True)
    in_collection(session, "ansible-playbook", "--syntax-check", "ebpf.xdp.demo")


@nox.session(default=False)
def docsite(session: nox.Session) -> None:
    """The docsite (in .cache/docsite/html): it builds without a warning, no link is dead, and each page looks right."""
    site = REPOSITORY / ".cache/docsite"
    in_collection(session, "bash", "tests/docsite.sh", str(site), silent=True)
    session.run("python", "tests/docsite/links.py", str(site / "html"), silent=True)
    if shutil.which("chromium"):
        session.run("python", "tests/docsite/pages.py", str(site / "html"))
    else:
        session.warn("chromium is not installed: the pages were not opened")


@nox.session
def changelog(session: nox.Session) -> None:
    """Fragments of the changelog."""
    session.run("antsibull-changelog", "lint")


@nox.session
def forge(session: nox.Session) -> None:
    """What the forge reads: workflows, forms and settings (check-jsonschema, zizmor, actionlint where there is one)."""
    for schema, patterns in FORGE_FILES.items():
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files(*patterns))
    session.run("zizmor", "--offline", "--no-progress", "--quiet", ".")
    # A program of its own, which pip does not bring.
    if shutil.which("actionlint"):
        session.run("actionlint", *files(".github/workflows/*"), external=True)
    else:
        session.warn("actionlint is not installed: skipped")


@nox.session
def artefact(session: nox.Session) -> None:
    """What would be published: that it builds, installs, and has nothing that users do not need."""
    session.run("tests/artefact.sh", session.create_tmp())


@nox.session
def unit(session: nox.Session) -> None:
    """Unit tests, and how much of the parts without a kernel they cover."""
    in_collection(
        session,
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--cov",
        "--cov-config=pyproject.toml",
        "tests/unit",
        *session.posargs,
        COVERAGE_FILE=str(collections() / "coverage"),
    )


@nox.session
def sanity(session: nox.Session) -> None:
    """ansible-test sanity, on each supported ansible-core that there is a Python for."""
    session.run("python", "tests/sanity.py", str(collections()), *session.posargs)
