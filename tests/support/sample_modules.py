# SPDX-License-Identifier: MIT
"""The modules of tests/modules, compiled as a vendor would compile them."""

import os
import shutil
import subprocess

from support.paths import ROOT

MODULES = ROOT / "tests" / "modules"


def build(stage, folder, name, *flags):
    """Compile a module into `folder`; the path of its modinfo file there.

    Its board files come with it, and its guest if it has one.
    """
    source = MODULES / name
    made = [folder / f"{name}.so"]
    folder.chmod(0o755)
    subprocess.run(
        ["cc", "-Wall", "-Werror", "-shared", "-fPIC", *flags,
         f"-I{stage / 'include'}", source / f"{name}.c",
         "-o", made[0]], check=True)
    if (source / "guest.S").exists():
        subprocess.run(["arm-none-eabi-gcc", "-nostdlib", "-march=armv7-a",
                        "-Wl,-Ttext=0x20000000", source / "guest.S", "-o",
                        folder / "guest.elf"], check=True)
        made.append(folder / "guest.elf")
    made += [shutil.copy(path, folder) for path in source.glob("*.json")]
    for path in made:
        os.chmod(path, 0o644)
    return folder / f"{name}.json"
