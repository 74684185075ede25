# SPDX-License-Identifier: MIT
"""Hold names, messages, comments and pages to docs/glossary.md."""
import functools
import pathlib
import re

import house
import text

GLOSSARY = pathlib.Path("docs") / "glossary.md"
WORDS = ("word", "what it is", "what it is not", "old in names",
         "old in text")
PLAIN = ("do not write", "except in", "write")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Where a word is meant as it stands: (files, word, reason).
ALLOWED = [
    (r"docs/glossary\.md|tests/house/.*", ".*", "they hold the old words"),
    (r"LICENSES/.*|CHANGES\.md", ".*", "texts of the past"),
    (r"tests/abi/\d.*", ".*", "headers as they were released"),
    (r"tests/(bad/.*|unit/(device_check_\w+\.def|test_base_text\.c|"
     r"test_modinfo_section\.c))", "name:far", "far from a bound or a name"),
    (r"tests/unit/test_abi\.c", "name:pins", "the pins of a model"),
    (r"(models|examples|boards|tests/(firmware|models))/.*", "name:.*",
     "names of a model follow its manual"),
]


def rows(page):
    """(heading, cells) of every table row of a page, cells stripped."""
    heading = None
    for line in page.splitlines():
        if not line.startswith("|"):
            heading = None
            continue
        cells = tuple(cell.strip() for cell in line.strip("|\n").split("|"))
        if heading is None:
            heading = cells
        elif not set("".join(cells)) <= set("-: "):
            yield heading, cells


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def phrase(words):
    """A pattern for words with any white space, or a new line, between."""
    return r"(?<![\w-])" + r"\s+".join(map(re.escape, words.split())) + \
        r"(?![\w-])"


def name_pattern(old):
    """(pattern, whether only file names count) for an old part of a name."""
    if old.endswith(".*"):
        return re.compile(rf"(?:^|/){re.escape(old[:-2])}\.[^/]*$"), True
    return re.compile(rf"(?:^|[_/-]){re.escape(old)}(?=[_./-]|$)", re.I), False


class Law:
    """The patterns of one glossary."""

    def __init__(self, page):
        self.terms, self.names, self.phrases = {}, [], []
        for heading, cells in rows(page):
            if heading == WORDS:
                self.add_term(*cells)
            elif heading == PLAIN:
                self.add_phrase(*cells)

    def add_term(self, word, meaning, other, names, texts):
        self.terms[word] = meaning
        for old in quoted(names):
            self.names.append((old, *name_pattern(old), word))
        for old in quoted(texts):
            self.phrases.append((old, re.compile(phrase(old), re.I), word))

    def add_phrase(self, olds, kept, new):
        for old in quoted(olds):
            after = "".join(rf"(?!\s+{re.escape(keep[len(old) + 1:])}\b)"
                            for keep in quoted(kept)
                            if keep.startswith(old + " "))
            before = "".join(
                rf"(?<!\b{re.escape(keep[:-len(old)].strip())}\s)"
                for keep in quoted(kept) if keep.endswith(" " + old))
            self.phrases.append(
                (old, re.compile(before + phrase(old) + after, re.I), new))


def law_of(root):
    return Law((root / GLOSSARY).read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=None)
def excused(name, kind, old):
    return any(re.fullmatch(files, name) and
               re.fullmatch(words, f"{kind}:{old}")
               for files, words, reason in ALLOWED)


def name_faults(law, name, names):
    """Old words in a file's identifiers, each identifier once."""
    seen, small = set(), names.lower()
    if not any(old in small for old, *rest in law.names):
        return
    for match in IDENTIFIER.finditer(names):
        if match[0] in seen:
            continue
        seen.add(match[0])
        for old, pattern, files_only, word in law.names:
            if not files_only and pattern.search(match[0]) and \
                    not excused(name, "name", old):
                yield (f"{name}:{text.line_of(names, match.start())}: "
                       f"{match[0]}: \"{old}\" is an old word; the word is "
                       f"\"{word}\"")


def file_faults(law, name):
    for old, pattern, files_only, word in law.names:
        if pattern.search(name) and not excused(name, "name", old):
            yield (f"{name}: the file's name has the old word \"{old}\"; the "
                   f"word is \"{word}\"")


def text_faults(law, name, view, kind):
    small = view.lower()
    for old, pattern, word in law.phrases:
        if old.split()[0] not in small:
            continue
        for match in pattern.finditer(view):
            if not excused(name, "text", old):
                yield (f"{name}:{text.line_of(view, match.start())}: "
                       f"{kind}: \"{' '.join(match[0].split())}\"; write: "
                       f"{word}")


def file_words(law, name, content):
    faults = list(file_faults(law, name))
    seen = text.views(name, content)
    if seen is None:
        return faults
    names, comments, strings = seen
    faults += name_faults(law, name, names)
    faults += text_faults(law, name, comments,
                          "page" if name.endswith(".md") else "comment")
    # A test's strings are what others say to it.
    if not name.startswith("tests/"):
        faults += text_faults(law, name, strings, "message")
    return faults


def room(name):
    """The room that a file is cleaned with."""
    if name.startswith(("src/", "tests/", "docs/")) and name.count("/") > 1:
        return "/".join(name.split("/")[:2])
    return name.split("/")[0] if "/" in name else "."


def check_words(root):
    """{room: complaints} of the whole tree."""
    law, found = law_of(root), {}
    for path in house.tracked(root):
        name = str(path.relative_to(root))
        if path.is_symlink():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        faults = file_words(law, name, content.decode("utf-8", "replace"))
        if faults:
            found.setdefault(room(name), []).extend(faults)
    return found


def check_glossary(root):
    """The page itself: no term twice, none without a meaning, no gap."""
    law = law_of(root)
    page = (root / GLOSSARY).read_text(encoding="utf-8")
    words = [cells[0] for heading, cells in rows(page) if heading == WORDS]
    faults = [f"{GLOSSARY}: \"{word}\" has two rows"
              for word in sorted(set(words)) if words.count(word) > 1]
    faults += [f"{GLOSSARY}: a table with the columns {', '.join(heading)}"
               for heading, cells in rows(page)
               if heading not in (WORDS, PLAIN)]
    faults += [f"{GLOSSARY}: \"{word}\" has no meaning"
               for word, meaning in law.terms.items() if not meaning]
    olds = [old for old, *rest in law.phrases]
    faults += [f"{GLOSSARY}: \"{old}\" is replaced twice"
               for old in sorted(set(olds)) if olds.count(old) > 1]
    return faults
