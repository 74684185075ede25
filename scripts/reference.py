#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the SDK's reference from its headers: HTML pages without scripts.

    scripts/reference.py FOLDER    write index.html and a page for each header

It fails, after it has written the pages, if a comment is not complete in the
form that include/outboard/abi.h gives (scripts/headers.py).
"""
import html
import pathlib
import re
import sys

import headers

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 56em; margin: 2em auto;
       padding: 0 1em; color: #222; background: #fff }
code, pre { font: 14px/1.4 monospace }
pre { background: #f4f4f4; padding: .6em; white-space: pre-wrap }
h3 { border-top: 1px solid #ccc; padding-top: .8em }
table { border-collapse: collapse; margin: .6em 0 }
td { border: 1px solid #ddd; padding: .2em .6em; vertical-align: top }
a { color: #0645ad; text-decoration: none }
.mark { background: #e6eef8; border-radius: .3em; padding: .1em .5em;
        margin-right: .4em; font-size: 13px }
.member { margin-left: 1.5em }
"""
WORD = re.compile(r"(?P<file>[\w/-]+\.h\b)|(?P<call>\w+)\(\)|"
                  r"(?P<name>\b(?:ob|OB)_\w+)|`(?P<code>[^`\n]+)`")


class Names:
    """Where each name is defined: {anchor: page}."""

    def __init__(self, found):
        self.pages, self.files, self.short = {}, {}, {}
        # All places of names: a struct and a function may share a name.
        self.places, self.functions = [], {}
        for header in found:
            self.files[header.name] = header.page()
            self.files[header.name.split("/")[-1]] = header.page()
            for anchor in anchors(header):
                self.pages.setdefault(anchor, header.page())
                self.places.append((anchor, header.page()))
                self.short.setdefault(anchor.split(".")[-1], []).append(anchor)

            self.functions.update(
                (each.name, header.page()) for each in header.entries
                if each.kind == "function")

    def anchor(self, name, scope):
        """The anchor that a name in a text means, or None."""
        for each in (f"{scope}.{name}", name):
            if each in self.pages:
                return each
        return None

    def called(self, name, scope):
        """The same for "name()": a member that no other struct has counts."""
        found = self.short.get(name, [])
        return self.anchor(name, scope) or \
            (found[0] if len(found) == 1 else None)


def anchors(header):
    """The anchors of a header's page, in its order."""
    for entry in header.entries:
        if entry.kind in ("struct", "function", "variable"):
            yield entry.anchor()
        for part in entry.parts:
            if part.kind != "macros":
                yield part.anchor()
            yield from (macro.anchor() for macro in part.parts)


class Page:
    """One page: its HTML, and how its texts become links."""

    def __init__(self, names, header=None):
        self.names, self.header, self.lines = names, header, []

    def put(self, *lines):
        self.lines += lines

    # --- texts ---

    def link(self, anchor, shown, page=None):
        if not page and self.header and \
                (anchor, self.header.page()) in self.names.places:
            page = self.header.page()
        page = page or self.names.pages[anchor]
        return f'<a href="{page}#{anchor}">{html.escape(shown)}</a>'

    def word(self, match, scope):
        """The HTML of one match of WORD."""
        text = match[0]
        if match["file"] and match["file"] in self.names.files:
            return f'<a href="{self.names.files[match["file"]]}">{text}</a>'
        if match["code"]:
            return f'<code>{self.text(match["code"], scope)}</code>'
        anchor = None
        if match["call"]:
            anchor = self.names.called(match["call"], scope)
        elif match["name"]:
            anchor = self.names.anchor(match["name"], scope)
        page = self.names.functions.get(match["call"])
        return self.link(anchor, text, page) if anchor else html.escape(text)

    def text(self, text, scope=""):
        """A text, escaped, with links from the names in it."""
        done, place = [], 0
        for match in WORD.finditer(text):
            done.append(html.escape(text[place:match.start()]))
            done.append(self.word(match, scope))
            place = match.end()
        return "".join(done) + html.escape(text[place:])

    # --- comments ---

    def put_table(self, rows, scope):
        self.put("<table>")
        for names, about in rows:
            self.put(f"<tr><td><code>{self.text(names, scope)}</code></td>"
                     f"<td>{self.text(about, scope)}</td></tr>")
        self.put("</table>")

    def put_code(self, lines, scope):
        text = "\n".join(lines).rstrip()
        self.put(f"<pre>{self.text(text, scope)}</pre>")

    def put_blocks(self, blocks, scope):
        for kind, content in blocks:
            if kind == "table":
                self.put_table(content, scope)
            elif kind == "code":
                self.put_code(content, scope)
            elif kind == "bullets":
                items = (self.text(item, scope) for item in content)
                self.put("<ul>", *(f"<li>{each}</li>" for each in items),
                         "</ul>")
            else:
                self.put(f"<p>{self.text(chr(10).join(content), scope)}</p>")

    def put_comment(self, comment, scope="", inherited=()):
        """A comment; without marks, it gets those of the head."""
        if not comment:
            return
        self.put_blocks(comment.blocks, scope)
        marks = "".join(f'<span class="mark">{self.text(mark)}</span>'
                        for mark in comment.marks or inherited)
        if marks:
            self.put(f"<p>{marks}</p>")

    # --- entries ---

    def signature(self, entry):
        """A declaration with links; its own name is not a link."""
        before, name, after = entry.signature.partition(entry.name)
        return (f"{self.text(before)}<b>{html.escape(name)}</b>"
                f"{self.text(after)}")

    def put_function(self, entry):
        tag, extra = ("h4", ' class="member"') if entry.owner else ("h3", "")
        self.put(f'<{tag} id="{entry.anchor()}"{extra}>{entry.name}'
                 f"{'()' if entry.result else ''}</{tag}>", f"<div{extra}>",
                 f"<pre>{self.signature(entry)};</pre>")
        inherited = () if entry.owner else self.header.marks()
        self.put_comment(entry.comment, entry.owner, inherited)
        if not entry.comment and f"ob_{entry.name}" in self.names.pages:
            self.put(f"<p>As {self.text(f'ob_{entry.name}()')}.</p>")
        self.put("</div>")

    def member_row(self, entry):
        row = Page(self.names, self.header)
        row.put_comment(entry.comment, entry.owner)
        return (f'<tr id="{entry.anchor()}"><td><code>'
                f"{self.text(entry.signature)}</code></td><td>"
                f"{''.join(row.lines)}</td></tr>")

    def put_members(self, parts):
        """Members as tables; a function pointer stands between them."""
        rows, shown = [], set()
        for part in parts:
            if part.kind == "member":
                row = self.member_row(part)
                if (part.line, part.signature) in shown:
                    # "min, max": both names lead to the row of the first.
                    row = (f'<tr id="{part.anchor()}"><td><code>{part.name}'
                           "</code></td><td>as above</td></tr>")
                shown.add((part.line, part.signature))
                rows.append(row)
                continue
            self.put_rows(rows)
            rows = []
            self.put_entry(part)
        self.put_rows(rows)

    def put_rows(self, rows):
        if rows:
            self.put('<table class="member">', *rows, "</table>")

    def put_struct(self, entry):
        self.put(f'<h3 id="{entry.anchor()}">struct {entry.name}</h3>')
        self.put_comment(entry.comment, entry.name)
        self.put_members(entry.parts)

    def put_macros(self, entry):
        names = ", ".join(part.name for part in entry.parts)
        self.put(f"<h3>{names}</h3>")
        self.put_comment(entry.comment)
        rows = []
        for part in entry.parts:
            # The text that a macro with parameters expands to is not for
            # authors; the value of a plain one is.
            value = "" if part.parameters else self.text(part.result)
            about = self.text(part.comment.text) if part.comment else ""
            rows.append(f'<tr id="{part.anchor()}"><td><code>'
                        f"{html.escape(part.signature)}</code></td>"
                        f"<td><code>{value}</code></td><td>{about}</td></tr>")
        self.put_rows(rows)

    def put_entry(self, entry):
        {"function": self.put_function, "pointer": self.put_function,
         "variable": self.put_function, "struct": self.put_struct,
         "macros": self.put_macros,
         "title": lambda e: self.put(f"<h2>{html.escape(e.name)}</h2>"),
         }[entry.kind](entry)

    def put_contents(self):
        """The table of contents: every name that has a title."""
        self.put("<ul>")
        for entry in self.header.entries:
            first = entry.parts[0] if entry.kind == "macros" else entry
            label = ", ".join(part.name for part in entry.parts) \
                if entry.kind == "macros" else entry.name
            if entry.kind == "title":
                self.put(f"<li><b>{html.escape(label)}</b></li>")
            else:
                self.put(f'<li><a href="#{first.anchor()}">'
                         f"{html.escape(label)}</a></li>")
        self.put("</ul>")

    def html(self, title):
        return "\n".join([
            "<!DOCTYPE html>", '<html lang="en">', "<head>",
            '<meta charset="utf-8">', f"<title>{title}</title>",
            f"<style>{STYLE}</style>", "</head>", "<body>", *self.lines,
            "</body>", "</html>", ""])


def header_page(names, header):
    title = html.escape(f"outboard/{header.name}")
    page = Page(names, header)
    page.put('<p><a href="index.html">All headers</a></p>',
             f"<h1>{title}</h1>")
    page.put_comment(header.head)
    if header.entries:
        page.put("<h2>Contents</h2>")
        page.put_contents()
    for entry in header.entries:
        page.put_entry(entry)
    return page.html(title)


def first_sentence(header):
    text = " ".join(header.head.text.split("\n\n")[0].split())
    return re.match(r".*?\.(?= |$)|.*", text)[0]


def index_page(names, found):
    page = Page(names)
    page.put("<h1>The SDK's reference</h1>", "<table>")
    for header in found:
        page.put(f'<tr><td><a href="{header.page()}">outboard/'
                 f"{header.name}</a></td>"
                 f"<td>{page.text(first_sentence(header))}</td></tr>")
    page.put("</table>", "<h2>All names</h2>", "<ul>")
    for anchor, place in sorted(names.places, key=lambda p: p[0].lower()):
        page.put(f"<li>{page.link(anchor, anchor, place)}</li>")
    page.put("</ul>")
    return page.html("Outboard SDK")


def write_pages(found, folder):
    names = Names(found)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(index_page(names, found),
                                       encoding="utf-8")
    for header in found:
        (folder / header.page()).write_text(header_page(names, header),
                                            encoding="utf-8")


def main(argv):
    if len(argv) != 2:
        sys.exit("usage: scripts/reference.py FOLDER")
    found = headers.read_headers()
    write_pages(found, pathlib.Path(argv[1]))
    faults = list(headers.Rules(found).faults())
    print(*faults, sep="\n", end="\n" if faults else "")
    if faults:
        sys.exit(1)
    print(f"{argv[1]}/index.html")


if __name__ == "__main__":
    main(sys.argv)
