"""Every part of the network can be chosen by name: a class in nn has its configuration."""

import ast
import importlib
import inspect

import pytest
from source_tree import PACKAGE, ROOT, tree
from torch import nn

from combo_dl.nn.build import ROLES, part_class

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))


def parts(role: str) -> list[str]:
    """Module classes of a role's folder, but for those that others of the file are made of."""
    found = []
    for path in sorted((PACKAGE / "nn" / role).glob("*.py")):
        used = {ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found += [path.stem + "." + node.name] if node.name not in used else []
    return [f"combo_dl.nn.{role}.{name}" for name in found if is_module(role, name)]


def is_module(role: str, name: str) -> bool:
    module, kind = name.split(".")
    made = getattr(importlib.import_module(f"combo_dl.nn.{role}.{module}"), kind)
    return issubclass(made, nn.Module) and not inspect.isabstract(made)


@pytest.mark.parametrize("role", ROLES)
def test_each_part_has_a_configuration(role):
    texts = [p.read_text(encoding="utf-8") for p in CONFIGS if p.parent.name == role]
    found = parts(role)
    assert found and texts and all(part_class(role, target) for target in found)
    assert [t for t in found if not any(f"_target_: {t}" in text for text in texts)] == []


def test_there_are_parts_of_every_role():
    assert sum(len(parts(role)) for role in ROLES) >= 10 and len(CONFIGS) >= 30


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_named_class_exists(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("_target_: combo_dl."):
            module, name = line.split(": ")[1].split()[0].rsplit(".", 1)
            assert hasattr(importlib.import_module(module), name), line
