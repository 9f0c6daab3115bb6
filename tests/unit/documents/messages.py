# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message that the plugins and the roles can fail with, as regular expressions, read from their sources.

A message is what an exception is made with. Where that is put together, its parts are looked for as well: a variable's
values in the same function, what a function that is called there returns, and what callers give for a parameter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

#: Which arguments of a call are words for the user, by the function's name, if not the first one.
_WORDS = {
    "KernelError": (0, 2),
    "HalfDone": (0, 1),
    "OSError": (1,),
    "LeftOut": (1,),
    "RowError": (2,),
    "fail_json": ("msg",),
    "warn": (0,),
}
#: Exceptions that never reach a user, or whose text is that of another one.
_SILENT = {"Exception", "ValueError", "Missing"}
#: Functions that answer with words, which become a message by a way that is not followed here.
_ANSWERS = ("kind", "_kind", "general_advice", "meaning", "why_generic", "_back_again", "_not_known", "_not_judged")


class Message(NamedTuple):
    where: str
    pattern: str
    #: The pattern of the message that this text was found to be a part of, if any.
    whole: str = ""


class _Function(NamedTuple):
    file: Path
    module: ast.Module
    node: ast.FunctionDef


def of_plugins(plugins: Path) -> list[Message]:
    found = {message.pattern: message for message in _Reader(plugins).messages()}
    return sorted(found.values())


def of_roles(roles: Path) -> list[Message]:
    found = []
    for path in sorted(roles.glob("*/tasks/*.yml")):
        for text in _failures(yaml.safe_load(path.read_text())):
            # What is put in is anything here, too.
            parts = re.split(r"\{\{.*?\}\}|\s*\{%.*?%\}\s*", text.strip(), flags=re.DOTALL)
            found.append(Message(str(path.relative_to(roles)), ".*".join(map(_literally, parts))))
    return found


def said(plugins: Path, roles: Path) -> str:
    """All texts of the sources, whatever becomes of them, with one blank for each row of them."""
    texts = [
        _pattern(node).replace("\\", "")
        for path in sorted(plugins.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    ]
    return "\n".join(texts) + re.sub(r"\s+", " ", " ".join(path.read_text() for path in roles.glob("*/tasks/*.yml")))


def _failures(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _failures(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "fail_msg":
                yield value
            elif key == "ansible.builtin.fail":
                yield value["msg"]
            else:
                yield from _failures(value)


def _literally(text: str) -> str:
    """As a pattern, in which blanks of any kind are one, and what is to be formatted is anything."""
    return re.escape(re.sub(r"\s+", " ", text)).replace(r"\{\}", ".*")


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _pattern(node: ast.expr | None) -> str:
    """What is put in is anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _literally(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(value) for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _pattern(node.left) + _pattern(node.right)
    if isinstance(node, ast.IfExp):
        return f"(?:{_pattern(node.body)}|{_pattern(node.orelse)})"
    if isinstance(node, ast.Call) and _name(node.func) == "printable":
        return _pattern(node.args[0])
    if isinstance(node, ast.Call) and _name(node.func) == "unknown_name":
        return r"(?:Did\ you\ mean\ .*\?\ |).*:\ .*"
    return ".*"


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """The outermost texts in an expression."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
    elif isinstance(node, ast.Call) and _name(node.func) == "cast":
        yield from _texts(node.args[1])
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


class _Reader:
    def __init__(self, plugins: Path) -> None:
        self._plugins = plugins
        self._modules = {path: ast.parse(path.read_text()) for path in sorted(plugins.rglob("*.py"))}
        self._functions: dict[str, list[_Function]] = {}
        classes: dict[str, list[str]] = {}
        for path, module in self._modules.items():
            for node in ast.walk(module):
                if isinstance(node, ast.FunctionDef):
                    self._functions.setdefault(node.name, []).append(_Function(path, module, node))
                elif isinstance(node, ast.ClassDef):
                    classes[node.name] = [_name(base) for base in node.bases]
        self._errors = {"AnsibleActionFail", "OSError", "LeftOut", "fail_json", "warn"}
        known = {"Exception", "ValueError"}
        while more := {name for name, bases in classes.items() if known & {*bases}} - known:
            known |= more
        self._errors |= known - _SILENT
        self._seen: set[int] = set()

    def messages(self) -> Iterator[Message]:
        for answer in _ANSWERS:
            yield from self._returned(answer)
        for path, module in self._modules.items():
            for function in self._functions_of(path, module):
                for call in ast.walk(function.node):
                    if isinstance(call, ast.Call) and _name(call.func) in self._errors:
                        for argument in self._words(call):
                            yield from self._message(function, argument)
                    elif isinstance(call, ast.Raise) and isinstance(call.exc, ast.Call):
                        yield from self._returned(_name(call.exc.func))

    def _functions_of(self, path: Path, module: ast.Module) -> Iterator[_Function]:
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                yield _Function(path, module, node)

    def _words(self, call: ast.Call) -> list[ast.expr]:
        wanted = _WORDS.get(_name(call.func), (0,))
        given = [call.args[index] for index in wanted if isinstance(index, int) and index < len(call.args)]
        return given + [keyword.value for keyword in call.keywords if keyword.arg in wanted]

    def _message(self, function: _Function, node: ast.expr, whole: str = "") -> Iterator[Message]:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        pattern = re.sub(r"\\ $", r"\\ .*", _pattern(node))  # what ends in a blank goes on
        where = f"{function.file.relative_to(self._plugins)}:{node.lineno}"
        if re.search(r"[a-zA-Z]{2}[,:.;]?\\ |\\ [a-zA-Z]{2}", pattern):
            yield Message(where, pattern, whole)
            whole = pattern
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                yield from self._values(function, part.id, whole)
            elif isinstance(part, ast.Call):
                yield from self._returned(_name(part.func), whole)
            elif isinstance(part, ast.BoolOp):
                yield from self._parts(function, part, whole)

    def _values(self, function: _Function, name: str, whole: str) -> Iterator[Message]:
        """What a variable or a parameter can hold."""
        for node in ast.walk(function.node):
            if isinstance(node, (ast.Assign, ast.AugAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(_name(target) == name for target in targets):
                    yield from self._parts(function, node.value, whole)
            elif isinstance(node, ast.For) and any(
                _name(part) == name for part in ast.walk(node.target) if isinstance(part, ast.Name)
            ):
                for constant in self._constants(function.module, _name(node.iter)):
                    yield from self._parts(function, constant, whole)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == f"{name}.append":
                yield from self._parts(function, node.args[0], whole)
        for constant in self._constants(function.module, name):
            yield from self._parts(function, constant, whole)
        parameters = [argument.arg for argument in function.node.args.args if argument.arg != "self"]
        if name in parameters:
            yield from self._given(function, parameters.index(name), whole)

    def _constants(self, module: ast.Module, name: str) -> Iterator[ast.expr]:
        for node in module.body:
            if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
                yield node.value

    def _given(self, function: _Function, position: int, whole: str) -> Iterator[Message]:
        for caller in self._functions_of(function.file, function.module):
            for call in ast.walk(caller.node):
                if isinstance(call, ast.Call) and _name(call.func) == function.node.name and position < len(call.args):
                    yield from self._message(caller, call.args[position], whole)

    def _returned(self, name: str, whole: str = "") -> Iterator[Message]:
        for function in self._functions.get(name, []):
            if (
                id(function.node) in self._seen
                or not function.node.returns
                or "str" not in ast.unparse(function.node.returns)
            ):
                continue
            self._seen.add(id(function.node))
            for node in ast.walk(function.node):
                if isinstance(node, ast.Return) and node.value:
                    yield from self._message(function, node.value, whole)
                    yield from self._parts(function, node.value, whole)

    def _parts(self, function: _Function, node: ast.expr, whole: str) -> Iterator[Message]:
        if isinstance(node, (ast.JoinedStr, ast.BinOp)):
            yield from self._message(function, node, whole)
        for text in _texts(node):
            yield from self._message(function, text, whole)
        if isinstance(node, ast.Call):
            yield from self._returned(_name(node.func), whole)
