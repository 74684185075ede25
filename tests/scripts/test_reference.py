# SPDX-License-Identifier: MIT
"""The SDK's reference: complete comments, and pages that hold together."""
import html.parser
import importlib
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include/outboard"
VOID = {"meta", "br", "hr", "img", "link"}

# Names as a plain search finds them, without the reader under test.
FUNCTION = re.compile(r"^(?:static inline )?[a-z][\w *]*?\b(ob_\w+)\(", re.M)
POINTER = re.compile(r"\(\*(\w+)\)\(")
STRUCT = re.compile(r"^struct (\w+) \{(.*?)^\};", re.M | re.S)
MACRO = re.compile(r"^#define (OB_\w*[A-Z0-9])(?!\w)", re.M)

# Comments that no page shows: their code is not for authors.
NOT_SHOWN = [
    "for authors; no struct here uses it",
    "Descriptors hold 64-bit pointers, and a guest's bytes are little-endian "
    "in",
    "Products of two 64-bit numbers; gcc and clang have them on 64-bit hosts.",
    "in units of a period",
    "the same division",
    "0 if the member is a number: the compiler can add 0.0 to no other.",
    "Helpers that paste tokens and turn a macro's value into a string.",
    "C++ has no designated initialisers before C++20.",
    "Parts of the initialisers above and in device.h; not for authors.",
]


def load(name):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        return importlib.import_module(name)
    finally:
        del sys.path[0]


headers = load("headers")
reference = load("reference")


class Reader(html.parser.HTMLParser):
    """What a page has: tags left open, anchors, links, its text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong = [], []
        self.ids, self.links, self.seen = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if "href" in found:
            self.links.append(found["href"])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        self.seen.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{file: Reader} of the pages of all headers."""
    folder = tmp_path_factory.mktemp("reference")
    reference.write_pages(headers.read_headers(), folder)
    return {path.name: Reader(path.read_text()) for path in folder.iterdir()}


@pytest.fixture
def tree(tmp_path):
    """A copy of the headers."""
    shutil.copytree(INCLUDE, tmp_path / "include/outboard")
    return tmp_path


def faults(root=ROOT):
    return list(headers.Rules(headers.read_headers(root)).faults())


def change(tree, name, old, new):
    path = tree / "include/outboard" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def expected(text):
    """The anchors that a header's page must have."""
    code = headers.blank(text)
    yield from FUNCTION.findall(code)
    yield from MACRO.findall(text)
    for name, body in STRUCT.findall(code):
        yield name
        yield from (f"{name}.{member}" for member in POINTER.findall(body))


# --- the headers ------------------------------------------------------------

def test_comments_of_the_headers_are_complete():
    assert not faults()


BROKEN = [
    ("host.h", " *   deadline_ns  virtual time in ns; values above 2^63 - 1 "
     "mean 2^63 - 1\n", "",
     r'host\.h:\d+: ob_timer_arm\(\): parameter "deadline_ns" is not '
     r'described; add a line "  deadline_ns  description"'),
    ("host.h", " *   request  OB_MACHINE_*", " *   requests  OB_MACHINE_*",
     r'host\.h:\d+: ob_machine_request\(\): "requests" is described and is '
     r"not a parameter; remove it, or write the parameter's name"),
    ("host.h", "Returns OB_OK or OB_E_FAULT.", "It may fail.",
     r'host\.h:\d+: ob_link_read\(\): does not say what it returns; '
     r'add "Returns \.\.\."'),
    ("host.h", " * [machine lock held] [no block] [since 0.1] [this header]",
     " * [machine lock held]",
     r"host\.h:\d+: ob_state\(\): has no version; add \[since 0\.N\]"),
    ("bench.h", "/* Returns the number of mistakes so far. */", "",
     r"bench\.h:\d+: ob_bench_mistakes\(\): has no comment; write one in the "
     r"form of abi\.h"),
    ("bench.h", " * - [since 0.1] [src/bench]\n", "",
     r"bench\.h:\d+: ob_bench_new\(\): has no version; add \[since 0\.N\]"),
    ("device.h", "     *   prop  the property's index in `props`\n", "",
     r'device\.h:\d+: ob_prop\.changed\(\): parameter "prop" is not '
     r"described"),
    ("host.h", "    /* As ob_random(). [since 0.1] */\n", "",
     r"host\.h:\d+: ob_host\.random_fill\(\): has no comment"),
    ("host.h", " *   clock, n  as for ob_clock_period()\n",
     " *   clock, n  as for ob_now_ns()\n",
     r'host\.h:\d+: ob_clock_hz\(\): "n" is as for ob_now_ns\(\), which does '
     r"not describe it; describe it here"),
    ("abi.h", " * A list in a descriptor. The stride lets the struct of the "
     "items grow without\n * a change for older modules. The module owns the "
     "items. [since 0.1]", " * A list.",
     r"abi\.h:\d+: ob_array: has no version; add \[since 0\.N\]"),
    ("ext/draft/i2c-target.h", "     *   byte  0 to 255\n", "",
     r'ext/draft/i2c-target\.h:\d+: ob_i2c_target\.on_write\(\): parameter '
     r'"byte" is not described'),
]


@pytest.mark.parametrize("name, old, new, fault", BROKEN)
def test_comment_that_is_not_complete_is_reported(tree, name, old, new, fault):
    change(tree, name, old, new)
    assert re.search(fr"^include/outboard/{fault}", "\n".join(faults(tree)),
                     re.M), faults(tree)


def test_fault_names_the_line_of_the_function(tree):
    change(tree, "host.h", "Returns OB_OK or OB_E_FAULT.", "It may fail.")
    lines = (tree / "include/outboard/host.h").read_text().splitlines()
    found = re.search(r"/host\.h:(\d+): ob_link_read", "\n".join(faults(tree)))
    assert "ob_link_read(" in lines[int(found[1]) - 1]


def test_comment_that_names_an_incomplete_one_is_reported(tree):
    """ob_put_be() is as ob_put_le(), which is as ob_get_le()."""
    change(tree, "bits.h", " *   count  1 to 8\n", "")
    change(tree, "bits.h", " *   bytes, count  as for ob_get_le()",
           " *   bytes  as for ob_get_le()")
    assert 'ob_put_be(): parameter "count"' not in "\n".join(faults(tree))
    change(tree, "bits.h", "first `count` bytes of a buffer, little",
           "first bytes of a buffer, little")
    change(tree, "bits.h", "number in the first `count` bytes of a buffer",
           "number in a buffer")
    change(tree, "bits.h", " at least `count` bytes, at any", " at any")
    change(tree, "bits.h", "bits above `count` bytes", "bits above")
    assert 'ob_put_be(): parameter "count"' in "\n".join(faults(tree))


# --- the pages --------------------------------------------------------------

@pytest.mark.parametrize("path", sorted(INCLUDE.rglob("*.h")),
                         ids=lambda path: path.name)
def test_names_of_a_header_are_on_its_page(pages, path):
    name = str(path.relative_to(INCLUDE))[:-2].replace("/", "-") + ".html"
    wanted = set(expected(path.read_text()))
    assert wanted or path.name == "outboard.h"
    assert not wanted - set(pages[name].ids)


def test_headers_have_the_names_that_a_search_finds():
    """The search itself finds names of every kind."""
    found = {name for path in INCLUDE.rglob("*.h")
             for name in expected(path.read_text())}
    assert {"ob_irq_set", "ob_bench_free", "ob_device_type.create", "OB_RW",
            "ob_region.on_write", "OB_MODULE", "ob_host.irq_set"} <= found
    assert len(found) > 250


def test_pages_have_no_open_tag_and_each_anchor_once(pages):
    for name, page in pages.items():
        assert not page.open and not page.wrong, (name, page.wrong)
        assert len(page.ids) == len(set(page.ids)), name


def test_links_of_the_pages_resolve(pages):
    for name, page in pages.items():
        for link in page.links:
            other, mark, anchor = link.partition("#")
            assert not mark or anchor in pages[other or name].ids, (name, link)
            assert mark or other in pages, (name, link)


def test_index_leads_to_every_page(pages):
    assert set(pages) - {"index.html"} <= set(pages["index.html"].links)
    assert "a host without QEMU, for unit tests of models." in \
        "".join(pages["index.html"].seen)


def squeezed(text):
    """Text without what a page shows in another way."""
    return re.sub(r"[\s`\[\]]", "", text)


def test_lines_of_every_comment_are_on_a_page(pages):
    """No line is lost between blocks, tables, marks and members."""
    lost = []
    for path in INCLUDE.rglob("*.h"):
        name = str(path.relative_to(INCLUDE))[:-2].replace("/", "-")
        shown = squeezed("".join(pages[f"{name}.html"].seen))
        for raw in headers.COMMENT.findall(path.read_text())[1:]:
            lines = [re.sub(r"^(- |--- | -+$)", "", line.strip())
                     for line in headers.comment_lines(raw)]
            lost += [lines[0] or lines[1] for line in lines
                     if squeezed(line).rstrip("-") not in shown]
    assert set(lost) == set(NOT_SHOWN)


def test_pages_have_no_script_and_nothing_from_outside(pages, tmp_path):
    reference.write_pages(headers.read_headers(), tmp_path)
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert text.startswith("<!DOCTYPE html>\n")
        assert "<script" not in text and "http" not in text


def test_name_in_a_text_and_in_a_signature_is_a_link(tmp_path):
    reference.write_pages(headers.read_headers(), tmp_path)
    page = (tmp_path / "host.html").read_text()
    assert '<a href="device.html#ob_dev">ob_dev</a>' in page
    assert '<a href="host.html#ob_timer_arm">ob_timer_arm()</a>' in page
    assert '<span class="mark">machine lock held</span>' in page
    assert "<tr><td><code>deadline_ns</code></td><td>virtual time" in page


def test_name_of_a_struct_and_a_function_leads_to_what_is_meant(tmp_path):
    reference.write_pages(headers.read_headers(), tmp_path)
    page = (tmp_path / "abi.html").read_text()
    assert '<a href="host.html#ob_extension">ob_extension()</a>' in page
    page = (tmp_path / "device.html").read_text()
    assert 'of struct <a href="abi.html#ob_extension">ob_extension</a>' in page


def test_marks_of_the_head_are_labels_of_its_functions(tmp_path):
    found = headers.read_headers()
    reference.write_pages(found, tmp_path)
    page = (tmp_path / "bits.html").read_text()
    bits = next(header for header in found if header.name == "bits.h")
    assert page.count('<span class="mark">any thread</span>') == \
        len(list(headers.callables(bits))) > 5


def test_text_of_a_comment_is_escaped(tree, tmp_path):
    change(tree, "bits.h", "/* Nanoseconds in a second. */",
           '/* Less <b> & "more" in `a < b`. */')
    reference.write_pages(headers.read_headers(tree), tmp_path / "out")
    page = (tmp_path / "out/bits.html").read_text()
    assert "Less &lt;b&gt; &amp; &quot;more&quot; in " \
        "<code>a &lt; b</code>." in page


# --- the command ------------------------------------------------------------

def test_make_docs_writes_the_pages(tmp_path):
    done = subprocess.run(
        ["make", "-s", "-C", ROOT, "docs", f"BUILD={tmp_path}"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout == f"{tmp_path}/reference/index.html\n"
    assert (tmp_path / "reference/index.html").exists()


def test_command_with_a_fault_prints_it_and_fails(tree, tmp_path, monkeypatch,
                                                  capsys):
    change(tree, "host.h", "Returns OB_OK or OB_E_FAULT.", "It may fail.")
    found = headers.read_headers(tree)
    monkeypatch.setattr(headers, "read_headers", lambda: found)
    with pytest.raises(SystemExit, match="1"):
        reference.main(["reference.py", str(tmp_path / "out")])
    assert "ob_link_read(): does not say what it returns" in \
        capsys.readouterr().out
    assert (tmp_path / "out/host.html").exists()


def test_command_without_a_folder_is_refused():
    with pytest.raises(SystemExit, match="usage: scripts/reference.py FOLDER"):
        reference.main(["reference.py"])
