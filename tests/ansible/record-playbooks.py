#!/usr/bin/env python3
"""Records what the playbooks of `playbooks` leave behind when Ansible itself runs them, for the test beside it.

Needs `ansible-playbook` (pip install ansible-core) in PATH; the test does not.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent / "playbooks"
INVENTORY = "[all]\nhere ansible_connection=local ansible_python_interpreter={python} color=inventory of_inventory=\"i j\" out={out}\n"


def left_behind(folder):
    """Each file with its mode and its text."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    shown = [f"== {path.relative_to(folder)} {path.stat().st_mode & 0o777:o}\n{path.read_text()}\n" for path in paths]
    return "".join(shown)


os.umask(0o022)
for playbook in sorted(HERE.glob("*.yml")):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        out.mkdir()
        inventory = pathlib.Path(folder) / "hosts.ini"
        inventory.write_text(INVENTORY.format(out=out, python=sys.executable))
        subprocess.run(
            ["ansible-playbook", "-i", inventory, playbook.resolve()],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        playbook.with_suffix(".left").write_text(left_behind(out))
        print(playbook.name)
