# SPDX-License-Identifier: MIT
"""Reads the SDK's headers, and holds their comments to the form of abi.h.

scripts/reference.py writes the pages. A header is read as a list of entries in
its order: functions, structs with members, variables, groups of macros and
titles of sections. Comments become blocks, tables of parameters and marks.
"""
import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = "include/outboard"

SILENT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DIRECTIVE = re.compile(r"#(?:[^\n]*\\\n)*[^\n]*")
DEFINE = re.compile(r"#\s*define\s+(\w+)(\([^)]*\))?(.*)", re.S)
FUNCTION = re.compile(r"(?:static inline )?(.+?)(\w+)\((.*)\)$")
POINTER = re.compile(r"(.+?)\(\*(\w+)\)\((.*)\)$")
STRUCT = re.compile(r"struct (\w+)\s*\{")
OPAQUE = re.compile(r"struct (\w+)$")
TITLE = re.compile(r"/\* --- (.+?) -+ \*/$")
MARKS = re.compile(r"((?:\[[^\[\]]+\]\s*)+)$")
ITEM = re.compile(r"  (\S.*?)  +(\S.*)$")
SINCE = re.compile(r"\[since 0\.\d+\]")
RULES = re.compile(r"^(?:Rules for every function|All functions:).*", re.M)
# "as for ob_x()": the comment of ob_x() describes what this one leaves out.
COVERED = re.compile(r"\b(?:as|as for|like|those of|same as|as in)\s+"
                     r"(\w+)\(\)", re.I)
ROW = re.compile(r"as for (\w+)\(\)")
# The host's or the test's object, on which the function works.
RECEIVERS = ("dev", "b", "bus", "board", "from")


@dataclasses.dataclass
class Comment:
    """The text of a comment, its marks, and blocks of (kind, content).

    Kinds: "text" and "code" with lines, "bullets" with items, "table" with
    [names, description] pairs.
    """
    text: str
    marks: list
    blocks: list

    def parameters(self):
        """{name: description} of the last table: others list other things."""
        tables = [content for kind, content in self.blocks if kind == "table"]
        return {name: about for names, about in (tables[-1] if tables else [])
                for name in names.split(", ")}

    def prose(self):
        """The text outside tables, on one line."""
        return " ".join(each for kind, content in self.blocks
                        if kind != "table" for each in content)


@dataclasses.dataclass
class Entry:
    """A thing that a header declares; `parts` are members or macros."""
    kind: str
    name: str
    line: int
    comment: Comment = None
    signature: str = ""
    result: str = ""
    parameters: tuple = ()
    parts: list = dataclasses.field(default_factory=list)
    owner: str = ""

    def anchor(self):
        if self.kind == "variable":
            # A macro may have the same name.
            return f"extern.{self.name}"
        return f"{self.owner}.{self.name}" if self.owner else self.name


@dataclasses.dataclass
class Header:
    """One header: its path below FOLDER, its first comment, its entries."""
    name: str
    head: Comment
    entries: list

    def rules(self):
        """What the head says for every function, as text."""
        found = RULES.search(self.head.text)
        return self.head.text[found.start():] if found else ""

    def marks(self):
        """The marks that the head gives to every function."""
        return re.findall(r"\[([^\]]+)\]", self.rules())

    def page(self):
        return self.name[:-2].replace("/", "-") + ".html"


# --- comments ---------------------------------------------------------------

def comment_lines(raw):
    """The lines of a comment without its stars."""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip()
             for line in raw[2:-2].splitlines()]
    lines[0] = lines[0].strip()
    return lines


def block_kind(line, last):
    """The kind of the block to which a line belongs; `last` is open."""
    indent = len(line) - len(line.lstrip())
    if last == "table" and indent > 2:
        return "table"
    if ITEM.match(line) and indent == 2:
        return "table"
    if line.startswith("- ") or (indent >= 2 and last == "bullets"):
        return "bullets"
    return "code" if indent >= 2 else "text"


def add_line(blocks, last, line):
    """Add a line to the blocks, and return the kind of the open block."""
    kind = block_kind(line, last)
    if kind != last:
        blocks.append((kind, []))
    content = blocks[-1][1]
    item = ITEM.match(line) if line[2:3] != " " else None
    if kind == "bullets" and not line.startswith("- "):
        content[-1] += "\n" + line.strip()
    elif kind == "bullets":
        content.append(line[2:])
    elif kind == "table" and item:
        content.append([item[1], item[2]])
    elif kind == "table":
        content[-1][1] += " " + line.strip()
    else:
        content.append(line)
    return kind


def read_blocks(lines):
    blocks, last = [], None
    for line in lines:
        if not line:
            # A blank line inside an example does not end it.
            if last == "code":
                blocks[-1][1].append("")
            else:
                last = None
            continue
        if last == "code" and not line.startswith("  ") or \
                line.startswith("Returns ") and blocks and last == "text" and \
                blocks[-1][1][-1].endswith("."):
            last = None
        last = add_line(blocks, last, line)
    return blocks


def read_comment(raw):
    """A comment with its text, marks and blocks."""
    text = "\n".join(comment_lines(raw)).strip("\n").rstrip()
    found = MARKS.search(text)
    marks = re.findall(r"\[([^\]]+)\]", found[1]) if found else []
    body = text[:found.start()].rstrip() if found else text
    return Comment(text, marks, read_blocks(body.split("\n")))


# --- declarations -----------------------------------------------------------

def blank(text):
    """The text without comments and strings; every place is kept."""
    return SILENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def declaration_end(code, start):
    """(where the declaration ends, where its body begins or None)."""
    depth, body, n = 0, None, start
    while n < len(code):
        c = code[n]
        if c in "({":
            if c == "{" and depth == 0:
                body = n
            depth += 1
        elif c in ")}":
            depth -= 1
        ended = c == ";" or (c == "}" and body is not None and
                             not code.startswith("struct", start))
        n += 1
        if depth == 0 and ended:
            return n, body
    return n, body


def line_of(text, place):
    return text.count("\n", 0, place) + 1


def one_line(code):
    return " ".join(code.split())


def parameter_names(text):
    """The names of a function's parameters; "..." is one."""
    if text.strip() in ("", "void"):
        return ()
    return tuple(part.strip() if part.strip() == "..." else
                 re.search(r"(\w+)\s*$", part)[1] for part in text.split(","))


def read_define(text, line):
    """The entry of a #define, or None if it is not for authors."""
    name, arguments, value = DEFINE.match(text).groups()
    if name.endswith("_") or re.fullmatch(r"OUTBOARD_\w+_H", name):
        return None
    value = one_line(value.replace("\\\n", " "))
    return Entry("macro", name, line, signature=name + (arguments or ""),
                 result=value, parameters=parameter_names(
                     (arguments or "()")[1:-1]))


class Reader:
    """Reads declarations from one text, one after the other."""

    def __init__(self, text, first_line=1, owner=""):
        self.text, self.code = text, blank(text)
        self.first_line, self.owner = first_line, owner
        self.place, self.entries = 0, []
        self.comment = self.group = None
        self.latest = []

    def read(self):
        while self.place < len(self.text):
            c = self.text[self.place]
            if self.text.startswith("\n\n", self.place):
                self.comment = self.group = None
            if c.isspace():
                self.place += 1
            elif self.text.startswith("/*", self.place):
                self.read_comment()
            elif c == "#":
                self.read_directive()
            else:
                self.read_declaration()
        return self.entries

    def line(self):
        return self.first_line + line_of(self.text, self.place) - 1

    def read_comment(self):
        raw = COMMENT.match(self.text, self.place)[0]
        before = self.text[:self.place].rpartition("\n")[2]
        title = TITLE.match(raw)
        if title:
            self.entries.append(Entry("title", title[1], self.line()))
        elif before.strip():
            for entry in self.latest:
                entry.comment = entry.comment or read_comment(raw)
        else:
            self.comment, self.group = read_comment(raw), None
        self.place += len(raw)

    def read_directive(self):
        line, end = self.line(), DIRECTIVE.match(self.code, self.place).end()
        text = self.text[self.place:end]
        if self.code[self.place:end].startswith("#define"):
            # Strings stay; a comment at the end is read on its own.
            cut = COMMENT.search(text)
            end = self.place + cut.start() if cut else end
            self.add_define(read_define(text[:end - self.place], line))
        self.place = end

    def add_define(self, macro):
        self.latest = [macro] if macro else []
        if not macro:
            return
        if not self.group:
            self.group = Entry("macros", macro.name, macro.line, self.comment)
            self.entries.append(self.group)
        if macro.name not in [part.name for part in self.group.parts]:
            self.group.parts.append(macro)

    def read_declaration(self):
        line, start = self.line(), self.place
        word = re.match(r"(?:OB_C_BEGIN|OB_C_END|OB_\w*PRINTF_\(.*\))\n",
                        self.code[start:])
        if word:
            self.place += word.end() - 1
            return
        self.place, body = declaration_end(self.code, start)
        head = self.code[start:self.place if body is None else body]
        self.latest = list(self.declared(one_line(head).rstrip("; "), line,
                                         start, body))
        self.entries += self.latest
        self.comment = self.group = None

    def declared(self, head, line, start, body):
        """The entries of one declaration."""
        struct = STRUCT.match(self.code, start)
        if struct:
            yield self.struct(struct[1], line, body)
        elif OPAQUE.match(head) and not self.owner:
            yield Entry("struct", OPAQUE.match(head)[1], line, self.comment,
                        head)
        elif self.owner:
            yield from self.members(head, line)
        elif head.startswith("extern"):
            yield Entry("variable", head.split()[-1], line, self.comment, head)
        elif FUNCTION.match(head) and not head.startswith("OB_"):
            yield self.callable("function", FUNCTION, head, line)

    def struct(self, name, line, body):
        inner = Reader(self.text[body + 1:self.place - 2],
                       self.first_line + line_of(self.text, body) - 1, name)
        return Entry("struct", name, line, self.comment, f"struct {name}",
                     parts=inner.read())

    def members(self, head, line):
        if POINTER.match(head):
            yield self.callable("pointer", POINTER, head, line)
            return
        first, *others = head.split(",")
        for declarator in [first, *others]:
            name = re.search(r"(\w+)\s*(?:\[.*\])?$", declarator)[1]
            yield Entry("member", name, line, self.comment, head,
                        owner=self.owner)

    def callable(self, kind, pattern, head, line):
        result, name, arguments = pattern.match(head).groups()
        return Entry(kind, name, line, self.comment, head, result.strip(),
                     parameter_names(arguments), owner=self.owner)


def read_header(path, folder):
    """One header; its first comment after the licence is its head."""
    text = path.read_text(encoding="utf-8")
    licence = COMMENT.search(text)
    head = COMMENT.search(text, licence.end())
    rest = Reader(text[head.end():], line_of(text, head.end()))
    entries = [entry for entry in rest.read()
               if entry.kind != "struct" or entry.parts or entry.comment]
    return Header(str(path.relative_to(folder)), read_comment(head[0]),
                  entries)


def read_headers(root=ROOT):
    folder = root / FOLDER
    return [read_header(path, folder) for path in sorted(
        folder.rglob("*.h"), key=lambda p: (len(p.parts), str(p)))]


def callables(header):
    """All functions of a header, and the pointers in its structs."""
    for entry in header.entries:
        for each in [entry, *entry.parts]:
            if each.kind in ("function", "pointer"):
                yield each


# --- rules ------------------------------------------------------------------

class Rules:
    """The form of abi.h, for all headers together."""

    def __init__(self, headers):
        self.headers = headers
        self.functions = {entry.name: (header, entry) for header in headers
                          for entry in callables(header)
                          if entry.kind == "function"}
        self.structs = {entry.name: entry for header in headers
                        for entry in header.entries if entry.kind == "struct"}

    def head_rules(self, header):
        """The rules of a header's head, and those of the header it names."""
        rules = header.rules()
        return rules + "".join(
            other.rules() for other in self.headers
            if re.search(rf"besides those of {re.escape(other.name)}", rules))

    def text_of(self, entry):
        """The entry's comment, or that of the service of the same name."""
        if entry.comment:
            return entry.comment.text
        if entry.owner == "ob_host" and f"ob_{entry.name}" in self.functions:
            return f"As ob_{entry.name}()."
        return ""

    def covering(self, entry):
        """The entry, and all whose comments it says that it takes."""
        found, wanted = [], [entry]
        while wanted:
            each = wanted.pop()
            found.append(each)
            names = COVERED.findall(each.comment.prose() if each.comment
                                    else self.text_of(each))
            others = [self.named(name, each) for name in names]
            wanted += [other for other in others
                       if other and other not in found + wanted]
        return found

    def named(self, name, near):
        """The function of a name; a pointer in the same struct is nearer."""
        struct = self.structs.get(near.owner)
        parts = struct.parts if struct else []
        for part in parts:
            if part.name == name:
                return part
        if name in self.functions:
            return self.functions[name][1]
        pointers = [each for header in self.headers
                    for each in callables(header) if each.name == name]
        return pointers[0] if len(pointers) == 1 else None

    def described(self, name, entries, rules):
        """Whether a table, `name` in a text, or the head describes it."""
        if f"`{name}`" in rules:
            return True
        return any((each.comment and name in each.comment.parameters()) or
                   f"`{name}`" in self.text_of(each) for each in entries)

    def row_faults(self, entry):
        """Rows of a table that lead to no description."""
        for name, about in entry.comment.parameters().items():
            other = ROW.match(about)
            found = self.named(other[1], entry) if other else None
            if name not in entry.parameters:
                yield (f'"{name}" is described and is not a parameter; '
                       "remove it, or write the parameter's name")
            elif other and not (found and found.comment and
                                name in found.comment.parameters()):
                yield (f'"{name}" is as for {other[1]}(), which does not '
                       "describe it; describe it here")

    def parameter_faults(self, entry, entries, rules):
        for n, name in enumerate(entry.parameters):
            if n == 0 and name in RECEIVERS:
                continue
            if not self.described(name, entries, rules):
                yield (f'parameter "{name}" is not described; add a line '
                       f'"  {name}  description"')
        yield from self.row_faults(entry) if entry.comment else ()

    def function_faults(self, header, entry):
        rules, text = self.head_rules(header), self.text_of(entry)
        if not text:
            yield "has no comment; write one in the form of abi.h"
            return
        entries = self.covering(entry)
        yield from self.parameter_faults(entry, entries, rules)
        texts = [self.text_of(each) for each in entries]
        if entry.result != "void" and \
                not any(re.search(r"\bReturns\b", each) for each in texts):
            yield 'does not say what it returns; add "Returns ..."'
        owner = self.structs.get(entry.owner)
        inherited = owner.comment.text \
            if owner and owner.comment and not entry.comment else ""
        if not SINCE.search(text + rules + inherited):
            yield "has no version; add [since 0.N]"

    def struct_faults(self, header, entry):
        text = entry.comment.text if entry.comment else ""
        if not text:
            yield "has no comment; write one in the form of abi.h"
        elif not SINCE.search(text + self.head_rules(header)):
            yield "has no version; add [since 0.N]"

    def faults(self):
        """Every rule that is not met: "header:line: name: what; what to do"."""
        for header in self.headers:
            where = f"{FOLDER}/{header.name}"
            for entry in callables(header):
                for fault in self.function_faults(header, entry):
                    yield f"{where}:{entry.line}: {entry.anchor()}(): {fault}"
            for entry in header.entries:
                if entry.kind == "struct":
                    for fault in self.struct_faults(header, entry):
                        yield f"{where}:{entry.line}: {entry.name}: {fault}"
