# SPDX-License-Identifier: MIT
"""Views of a file, each as long as the file, so that places stay the same.

`names` keeps what the compiler sees, `strings` what is between quotes,
`comments` what is for readers. All else is blank, or NUL where code was.
"""
import ast
import io
import re
import tokenize

TOKEN = re.compile(
    r'(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>'(?:\\.|[^'\\\n])*')", re.S)
# What stands at the start of a comment's line and is not its text.
LEADER = re.compile(r"^([ \t]*)(/\*+|\*+/|\*+(?= |$)|//+|#+)", re.M)
CLOSER = re.compile(r"\*/")


def blank(text, by=" "):
    return re.sub(r"[^\n]", by, text)


def unmarked(comment):
    """A comment without its stars, slashes and number signs."""
    comment = LEADER.sub(lambda m: m[1] + " " * len(m[2]), comment)
    return CLOSER.sub("  ", comment)


def c_views(text):
    """(names, comments, strings) of C source."""
    names, comments, strings, at = [], [], [], 0
    for match in TOKEN.finditer(text):
        code, token = text[at:match.start()], match[0]
        hidden = re.sub(r"[^\s]", "\0", code)
        names += [code, blank(token)]
        comments += [hidden, blank(token, "\0")
                     if not match["comment"] else unmarked(token)]
        strings += [hidden, " " + token[1:-1] + " " if match["string"]
                    else blank(token)]
        at = match.end()
    rest = text[at:]
    hidden = re.sub(r"[^\s]", "\0", rest)
    return ("".join(names + [rest]), "".join(comments + [hidden]),
            "".join(strings + [hidden]))


class Canvas:
    """Text that is blank but for the ranges that are copied to it."""

    def __init__(self, text):
        self.lines = [re.sub(r"[^\s]", "\0", line)
                      for line in text.split("\n")]
        self.source = text.split("\n")

    def copy(self, start, end, change=lambda part: part):
        """Copy from (row, column) to (row, column); rows count from 1."""
        for row in range(start[0], end[0] + 1):
            left = start[1] if row == start[0] else 0
            line = self.source[row - 1]
            right = end[1] if row == end[0] else len(line)
            kept = self.lines[row - 1]
            self.lines[row - 1] = (kept[:left] + change(line[left:right]) +
                                   kept[right:])

    def text(self):
        return "\n".join(self.lines)


def docstrings(text):
    """First lines (row) of the docstrings of a Python file."""
    rows = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and \
                node.body and isinstance(node.body[0], ast.Expr) and \
                isinstance(getattr(node.body[0], "value", None), ast.Constant) \
                and isinstance(node.body[0].value.value, str):
            rows.add(node.body[0].lineno)
    return rows


def python_views(text):
    """(names, comments, strings); a docstring is a comment."""
    names, comments = Canvas(text), Canvas(text)
    strings = Canvas(text)
    documented = docstrings(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            names.copy(token.start, token.end)
        elif token.type == tokenize.COMMENT:
            comments.copy(token.start, token.end, unmarked)
        elif token.type == tokenize.STRING:
            kept = comments if token.start[0] in documented else strings
            kept.copy(token.start, token.end,
                      lambda part: re.sub("[\"']", " ", part))
    return names.text(), comments.text(), strings.text()


def hash_views(text):
    """The same for what has comments behind #: shell, meson, make."""
    comments, names = Canvas(text), Canvas(text)
    for row, line in enumerate(text.split("\n"), 1):
        at = re.search(r"(^|\s)#", line)
        if at:
            comments.copy((row, at.start()), (row, len(line)), unmarked)
        else:
            names.copy((row, 0), (row, len(line)))
    return names.text(), comments.text(), blank(text, "\0")


def views(name, text):
    """(names, comments, strings) of the file, or None if it has no text."""
    if name.endswith((".c", ".h", ".def", ".S", ".ld")):
        return c_views(text)
    if name.endswith(".py") or text.startswith("#!/usr/bin/python3"):
        return python_views(text)
    if name.endswith((".md", ".1")):
        empty = blank(text, "\0")
        return empty, text, empty
    if name.endswith((".sh", "meson.build", "Makefile")) or \
            text.startswith("#!/bin/"):
        return hash_views(text)
    return None


def line_of(text, place):
    return text.count("\n", 0, place) + 1
