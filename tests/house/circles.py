# SPDX-License-Identifier: MIT
"""Find circles of files, by #include and by what their objects use.

A node is a file of src/ without its suffix, so that a source and its headers
(x.h for others, x_int.h for its own folder) are one node. An edge goes from a
file to the file whose header it includes, or whose object defines a symbol
that its own object uses. Calls through a function pointer make no edge: a
table of functions is how the rooms part.
"""
import collections
import json
import pathlib
import posixpath
import re
import subprocess

import house

# What `outboard new` copies; the tests compile the copies.
TEMPLATES = ("src/cli/new/",)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def node_of(name):
    """The node of a file. x.c, x.h and x_int.h are one; a list is its own."""
    if name.endswith(".def"):
        return name
    stem = name.rsplit(".", 1)[0]
    return stem[:-len("_int")] if name.endswith("_int.h") else stem


def sources(root):
    """Names of the C files, headers and lists below src/, from the root."""
    names = (str(path.relative_to(root))
             for path in (root / "src").rglob("*")
             if path.suffix in (".c", ".h", ".def"))
    return sorted(name for name in names if not name.startswith(TEMPLATES))


class Graph:
    """Nodes, edges, and for each edge why it is there."""

    def __init__(self):
        self.edges = collections.defaultdict(dict)

    def add(self, start, end, why):
        if start != end:
            self.edges[start].setdefault(end, why)

    def nodes(self):
        found = set(self.edges)
        for ends in self.edges.values():
            found.update(ends)
        return sorted(found)


def add_includes(graph, root, names):
    known = set(names)
    for name in names:
        text = (root / name).read_text(encoding="utf-8")
        for header in INCLUDE.findall(text):
            for base in ("src", posixpath.dirname(name)):
                target = posixpath.normpath(posixpath.join(base, header))
                if target in known:
                    graph.add(node_of(name), node_of(target),
                              f'includes "{header}"')


def objects(root, build):
    """[(source, object)] of src/ as the build's own list names them."""
    listing = build / "compile_commands.json"
    if not listing.exists():
        raise FileNotFoundError(f"{listing}: no build; run make")
    found = []
    for entry in json.loads(listing.read_text()):
        folder = pathlib.Path(entry["directory"])
        source = (folder / entry["file"]).resolve()
        if (root / "src").resolve() in source.parents:
            found.append((str(source.relative_to(root.resolve())),
                          folder / entry["output"]))
    return found


def check_objects(root, build):
    """Each source of src/ has an object that is not older than it."""
    try:
        listed = objects(root, build)
    except FileNotFoundError as error:
        return [str(error)]
    faults = []
    for source, path in listed:
        if not path.exists():
            faults.append(f"{source}: has no object; run ninja -C build")
        elif (root / source).exists() and \
                path.stat().st_mtime < (root / source).stat().st_mtime:
            faults.append(f"{source}: is newer than its object; run ninja "
                          "-C build")
    built = {source for source, path in listed}
    faults += [f"{name}: no target of the build compiles it"
               for name in sources(root)
               if name.endswith(".c") and name not in built]
    return faults


def symbols(paths):
    """{object: (names that it defines, names that it uses)}."""
    if not paths:
        return {}
    text = subprocess.run(["nm", "-A", "--format=posix", "-g",
                           *map(str, paths)],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {str(path): (set(), set()) for path in paths}
    for line in text.splitlines():
        path, rest = line.rsplit(": ", 1)
        name, kind = rest.split()[:2]
        found[path][kind in "Uwv"].add(name)
    return found


def definers_for(source, files):
    """Of several files that define a symbol, those that `source` means.

    Two programs may define one name (main): the nearest folder counts. The
    bridge is a library of its own, and no other room sees its names.
    """
    if not source.startswith("src/bridge/"):
        files = [name for name in files if not name.startswith("src/bridge/")]
    for depth in range(source.count("/"), 0, -1):
        folder = "/".join(source.split("/")[:depth]) + "/"
        near = [name for name in files if name.startswith(folder)]
        if near and folder != "src/":
            return near
    return files if len(files) == 1 else []


def add_calls(graph, root, build):
    listed = [(source, path) for source, path in objects(root, build)
              if path.exists() and (root / source).exists()]
    found = symbols([path for source, path in listed])
    definers = collections.defaultdict(set)
    for source, path in listed:
        for name in found[str(path)][0]:
            definers[name].add(source)
    for source, path in listed:
        for name in sorted(found[str(path)][1]):
            for target in definers_for(source, sorted(definers[name])):
                graph.add(node_of(source), node_of(target), f"uses {name}")


def graph_of(root, build):
    graph = Graph()
    add_includes(graph, root, sources(root))
    add_calls(graph, root, build)
    return graph


def components(graph):
    """Sets of nodes that reach each other, of two nodes or more (Tarjan)."""
    index, low, stack, result = {}, {}, [], []
    for first in graph.nodes():
        if first in index:
            continue
        work = [(first, iter(sorted(graph.edges.get(first, ()))))]
        index[first] = low[first] = len(index)
        stack.append(first)
        while work:
            node, ends = work[-1]
            for end in ends:
                if end not in index:
                    index[end] = low[end] = len(index)
                    stack.append(end)
                    work.append((end, iter(sorted(graph.edges.get(end, ())))))
                    break
                if end in stack:
                    low[node] = min(low[node], index[end])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    if len(stack) - cut > 1:
                        result.append(sorted(stack[cut:]))
                    del stack[cut:]
    return sorted(result)


def shortest_chain(graph, members):
    """The shortest way from a member back to itself, as a list of nodes."""
    best = None
    for first in members:
        came, queue = {}, collections.deque([first])
        while queue and first not in came:
            node = queue.popleft()
            for end in sorted(graph.edges.get(node, ())):
                if end in members and end not in came:
                    came[end] = node
                    queue.append(end)
        chain = [first]
        while first in came and (len(chain) == 1 or chain[-1] != first):
            chain.append(came[chain[-1]])
        if best is None or len(chain) < len(best):
            best = chain[::-1]
    return best


def describe(graph, members):
    chain = shortest_chain(graph, members)
    steps = [f"{start}: {graph.edges[start][end]}"
             for start, end in zip(chain, chain[1:])]
    return (f"a circle of {len(members)} files: " +
            " -> ".join(steps + [chain[-1]]) +
            (f" (with {', '.join(sorted(set(members) - set(chain)))})"
             if len(members) > len(chain) - 1 else ""))


def room_of(node):
    return "/".join(node.split("/")[:2])


def check_arrows(root, build):
    """A use of a symbol keeps to the tables of includes too."""
    faults, graph = [], Graph()
    add_calls(graph, root, build)
    for start in sorted(graph.edges):
        room = room_of(start)
        for end, why in sorted(graph.edges[start].items()):
            other = room_of(end)
            if other == room:
                fault = house.folder_fault(room, house.folder_of(start),
                                           house.folder_of(end))
            else:
                fault = None if other.split("/")[1] in house.ALLOWED[room] \
                    else f"{room} may not know {other.split('/')[1]}"
            if fault:
                faults.append(f"{start}: {why} of {end}: {fault}")
    return faults


def circles(root, build):
    """[(members, description)] of every circle."""
    graph = graph_of(root, build)
    return [(members, describe(graph, members))
            for members in components(graph)]
