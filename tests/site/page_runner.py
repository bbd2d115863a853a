"""Runs the blocks of a page from top to bottom, in one namespace and one folder."""

import contextlib
import doctest
import io
import json
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import jsonschema
import yaml
from page_blocks import page_blocks
from page_commands import check_command

import biasaudit as ba

LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
POLICY_KEYS = {"rules", "sheet"}
FILE_NAME = re.compile(r"\A# (\S+\.(?:py|toml))\n")
PLUGIN = "biasaudit.integrations.pytest_plugin"


class PageRunner:
    """Runs one page in the current folder, which is empty at first.

    Parameters
    ----------
    name : str
        Of the page, for messages.
    run : callable
        Runs the command line in this process: exit code, output and errors.
    """

    def __init__(self, name, run):
        self.name, self.command_line = name, run
        self.namespace = {"__name__": "__page__"}
        self.printed = ""
        self.exit_code = 0
        self.languages = {
            "": self.shown,
            "text": self.shown,
            "python": self.run_python,
            "pycon": self.run_doctest,
            "output": self.compare_output,
            "console": self.run_console,
            "sh": self.run_shell,
            "toml": self.read_toml,
            "yaml": self.read_yaml,
            "json": self.read_json,
        }

    def run(self, text):
        """Run every block of a page, and say which one does not do what it says."""
        for block in page_blocks(text):
            where = f"{self.name}, line {block.line}"
            assert block.language in self.languages, f"{where}: nobody knows how to run a block of {block.language!r}"
            try:
                self.languages[block.language](block)
            except Exception as error:
                raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error

    def shown(self, block):
        """Leave alone what is shown and not run."""

    def run_python(self, block):
        """Run Python, line numbers being those of the page; what it prints may be compared by the next block.

        A block that begins with the name of a file is written to it instead.
        """
        if block.text.startswith(">>> "):
            self.run_doctest(block)
            return
        code = compile("\n" * (block.line - 1) + block.text, self.name, "exec")
        named = FILE_NAME.match(block.text)
        if named:
            Path(named.group(1)).write_text(block.text, "utf-8")
            return
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self.namespace)
        self.printed = printed.getvalue()

    def run_doctest(self, block):
        """Run what follows each prompt, and compare what follows it."""
        parsed = doctest.DocTestParser().get_doctest(
            block.text.replace("…", "..."), self.namespace, self.name, self.name, block.line - 1
        )
        report = io.StringIO()
        runner = doctest.DocTestRunner(optionflags=LOOSELY, verbose=False)
        failed = runner.run(parsed, out=report.write, clear_globs=False).failed
        self.namespace.update(parsed.globs)
        assert not failed, report.getvalue()

    def compare_output(self, block):
        """Hold what the block before printed against what the page says."""
        expect(block.text, self.printed)

    def run_console(self, block):
        """Run each line that begins with a dollar, and compare what follows it."""
        for line, said in prompts(block.text):
            words = shlex.split(line)
            if words == ["echo", "$?"]:
                expect(said, str(self.exit_code))
                self.exit_code = 0
                continue
            assert self.exit_code == 0, f"before {line!r}, a command ended with {self.exit_code}: {self.printed}"
            if words[0] == "cat":
                self.printed = "".join(Path(name).read_text("utf-8") for name in words[1:])
            elif words[0] == "pytest":
                self.run_pytest(words[1:])
            elif check_command(words):
                self.exit_code, out, errors = self.command_line(*words[1:])
                self.printed = out + errors
            else:
                self.printed = said
            if said:
                expect(said, self.printed)
        ended = f"the last command ended with {self.exit_code}; say so with $ echo $?: {self.printed}"
        assert self.exit_code == 0, ended

    def run_pytest(self, words):
        """Run tests in a process of their own."""
        loads = [] if any(entry.value == PLUGIN for entry in entry_points(group="pytest11")) else ["-p", PLUGIN]
        command = [sys.executable, "-m", "pytest", *loads, "-p", "no:cacheprovider", *words]
        ran = subprocess.run(command, capture_output=True, text=True)
        self.exit_code, self.printed = ran.returncode, ran.stdout + ran.stderr

    def run_shell(self, block):
        """Run a script of the shell."""
        ran = subprocess.run(["sh", "-eu", "-c", block.text], capture_output=True, text=True)
        self.printed = ran.stdout + ran.stderr
        assert ran.returncode == 0, f"the script ended with {ran.returncode}: {self.printed}"

    def read_toml(self, block):
        """Read TOML; a policy is one that loads, and lies as a file in the folder from then on."""
        if not POLICY_KEYS & tomllib.loads(block.text).keys():
            return
        ba.policy.loads(block.text)
        jsonschema.validate(tomllib.loads(block.text), ba.policy.policy_schema())
        named = FILE_NAME.match(block.text)
        Path(named.group(1) if named else "policy.toml").write_text(block.text, "utf-8")

    def read_yaml(self, block):
        """Parse YAML."""
        assert yaml.safe_load(block.text) is not None

    def read_json(self, block):
        """Parse JSON."""
        json.loads(block.text)


def prompts(text):
    """Yield each command of a console, its lines joined, with what the page says that it prints."""
    assert text.startswith("$ "), "a console begins with a line that begins with a dollar"
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, said = part.replace("\\\n", " ").partition("\n")
        yield command, said


def expect(said, printed):
    """Ask that what a page says is printed."""
    assert is_said(said, printed), f"it says\n{said}\nand prints\n{printed}"


def is_said(said, printed):
    """Compare as doctest does: "…" stands for anything, or nothing, and lines may be broken elsewhere."""
    first, *others = (unbroken(part) for part in said.split("…"))
    rest = unbroken(printed)
    if not others:
        return first == rest
    if not rest.startswith(first):
        return False
    rest = rest[len(first) :]
    *middle, last = others
    for part in middle:
        _, found, rest = rest.partition(part) if part else ("", True, rest)
        if not found:
            return False
    return rest.endswith(last)


def unbroken(text):
    """Return a text in one line: terminals of another width break it elsewhere, at hyphens too."""
    return re.sub(r"(\w-) (?=\w)", r"\1", " ".join(text.split()))
