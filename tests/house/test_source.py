"""The habits of the house, read from the source."""

import ast
import re

import pytest
from source_tree import PACKAGE, PYTHON, ROOT, nodes, place, text_files, tree

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 60
# Spelt apart, so that this file does not hold them.
UNFINISHED = re.compile("|".join(word.replace(" ", "") for word in ("TO DO", "FIX ME", "XX X")))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def public(scope: ast.AST, path, inside: str = "") -> list[tuple[str, ast.AST]]:
    """The public classes and functions of a module and its public classes."""
    found = []
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            found.append((place(path, node), node))
            if isinstance(node, ast.ClassDef):
                found += public(node, path)
    return found


def test_all_that_is_public_says_what_it_is():
    scopes = [(place(p, tree(p)), tree(p)) for p in PYTHON]
    for path in PYTHON:
        scopes += public(tree(path), path)
    assert len(scopes) > 300
    assert [where for where, node in scopes if not ast.get_docstring(node)] == []


def test_files_and_functions_are_short():
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in PYTHON}
    assert {str(p): n for p, n in lengths.items() if n > MAX_FILE_LINES} == {}
    spans = [(place(p, f), f.end_lineno - f.lineno + 1) for p, f in nodes(*FUNCTIONS)]
    assert len(spans) > 300
    assert [span for span in spans if span[1] > MAX_FUNCTION_LINES] == []


def test_everything_is_typed():
    bare = []
    for path, node in nodes(*FUNCTIONS):
        given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        unmarked = [a for a in given if a.annotation is None and a.arg not in ("self", "cls")]
        if unmarked or (node.returns is None and node.name != "__init__"):
            bare.append(place(path, node))
    assert bare == []


def test_no_error_is_caught_blindly():
    caught = nodes(ast.ExceptHandler)
    blind = [
        place(p, h)
        for p, h in caught
        if (h.type is None or {"Exception", "BaseException"} & set(names_in(h.type)))
        and not raises_again(h)
    ]
    assert len(caught) > 20 and blind == []


def raises_again(handler: ast.ExceptHandler) -> bool:
    """It only tidies up: what was raised goes on as it is."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def names_in(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]


def test_every_raise_carries_a_message():
    raises = [(p, r) for p, r in nodes(ast.Raise) if isinstance(r.exc, (ast.Call, ast.Name))]
    silent = [
        place(p, r)
        for p, r in raises
        if (isinstance(r.exc, ast.Name) and r.exc.id[0].isupper() and r.exc.id not in SIGNALS)
        or (isinstance(r.exc, ast.Call) and not r.exc.args)
    ]
    assert len(raises) > 60 and silent == []


# These stop a run; they are not errors that someone reads.
SIGNALS = ("KeyboardInterrupt", "StopIteration", "SystemExit", "Abort")


PICKLERS = ("pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve")


def test_nothing_is_unpickled():
    imported = [
        place(p, n)
        for p, n in nodes(ast.Import, ast.ImportFrom)
        for name in [getattr(n, "module", None) or "", *(a.name for a in n.names)]
        if name.split(".")[0] in PICKLERS and [a.name for a in n.names] != ["UnpicklingError"]
    ]
    assert imported == []


def test_no_call_unpickles():
    calls = [(p, c) for p, c in nodes(ast.Call) if isinstance(c, ast.Call)]
    loads = [(p, c) for p, c in calls if ast.unparse(c.func) == "torch.load"]
    settings = [(place(p, c), ast.unparse(k)) for p, c in calls for k in c.keywords if k.arg]
    assert [s for s in settings if s[1] == "allow_pickle=True"] == []
    assert [s for s in settings if s[1] == "weights_only=False"] == []
    unsafe = [
        place(p, c) for p, c in loads if "weights_only=True" not in map(ast.unparse, c.keywords)
    ]
    assert unsafe == []


def test_nothing_is_left_unfinished():
    files = text_files()
    assert len(files) > 100
    marked = [
        str(p.relative_to(ROOT)) for p in files if UNFINISHED.search(p.read_text(encoding="utf-8"))
    ]
    assert marked == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "base", "misc"])
def test_no_room_without_a_subject(name):
    assert [*PACKAGE.rglob(f"{name}.py"), *PACKAGE.rglob(f"*_{name}.py")] == []


def test_a_room_is_imported_by_its_modules():
    """A room's ``__init__`` holds a docstring only; the top one alone offers the interface."""
    inits = [p for p in PACKAGE.rglob("__init__.py") if p.parent != PACKAGE]
    assert len(inits) >= 12
    assert [str(p) for p in inits if len(tree(p).body) != 1] == []
