"""No circle of imports: neither between the files of the package nor between those of the dashboard."""

import ast
from pathlib import Path

import pytest

import biasaudit

PACKAGE = Path(biasaudit.__file__).parent
ROOT = PACKAGE.parent


def modules(root: Path, packages: list[str]) -> dict[str, Path]:
    """Find the files of packages below `root` by the names they are imported under."""
    found = {}
    for package in packages:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Collect every import of a file, in whatever function or condition it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            whole = [f"{node.module}.{name.name}" for name in node.names]
            found |= {where if where in known else str(node.module) for where in whole}
    return found & set(known)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the files of some circle, the first of them twice; none where there is no circle."""
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        stack = [(start, iter(sorted(graph[start])))]
        while stack and start not in done:
            name, left = stack[-1]
            if name not in path:
                path.append(name)
            reached = next((other for other in left if other not in done), None)
            if reached in path:
                return [*path[path.index(reached) :], reached]
            if reached is None:
                done.add(path.pop())
                stack.pop()
            else:
                stack.append((reached, iter(sorted(graph[reached]))))
    return []


@pytest.mark.parametrize(("root", "packages"), [(ROOT, ["biasaudit"]), (ROOT / "dashboards", ["parts", "views"])])
def test_no_file_imports_itself_by_way_of_others(root, packages):
    known = modules(root, packages)
    graph = {name: imports(path, known) for name, path in known.items()}
    assert sum(map(len, graph.values())) > len(graph)
    assert not circle(graph)


def test_an_import_in_a_function_or_for_types_alone_counts(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/__init__.py").write_text("")
    (tmp_path / "a/one.py").write_text("def f():\n    from a import two\n")
    (tmp_path / "a/two.py").write_text("if TYPE_CHECKING:\n    from a.three import x\n")
    (tmp_path / "a/three.py").write_text("import a.one\n")
    (tmp_path / "a/four.py").write_text("from a import one\nfrom a.two import y\n")
    known = modules(tmp_path, ["a"])
    graph = {name: imports(path, known) for name, path in known.items()}
    assert circle(graph) == ["a.one", "a.two", "a.three", "a.one"]
    (tmp_path / "a/three.py").write_text("import os\n")
    assert not circle({name: imports(path, known) for name, path in known.items()})
