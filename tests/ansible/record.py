#!/usr/bin/env python3
"""Records what Ansible itself reads from each inventory of the corpus, for the test beside it.

Needs `ansible-inventory` (pip install ansible-core) in PATH; the test does not.
"""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent / "inventories"


def source(case):
    """The inventory of a case: its only file of a known name, or the folder."""
    names = ["hosts.ini", "hosts", "inventory.yml", "hosts.yml", "inventory.json"]
    found = [case / name for name in names if (case / name).is_file()]
    return found[0] if len(found) == 1 and not (case / "more.yml").exists() else case


def groups_of(data):
    """The groups of each host, those around its groups included."""
    parents = {}
    for name, group in data.items():
        if name != "_meta":
            for child in group.get("children", []):
                parents.setdefault(child, set()).add(name)
    found = {}
    for name, group in data.items():
        for host in group.get("hosts", []) if name != "_meta" else []:
            open_groups = [name]
            while open_groups:
                group_name = open_groups.pop()
                if group_name not in found.setdefault(host, set()):
                    found[host].add(group_name)
                    open_groups.extend(parents.get(group_name, ()))
    return {host: sorted(names - {"all"}) for host, names in found.items()}


for case in sorted(path for path in HERE.iterdir() if path.is_dir()):
    ran = subprocess.run(
        ["ansible-inventory", "-i", source(case).resolve(), "--list"],
        check=True, capture_output=True, text=True, cwd="/",
    )
    data = json.loads(ran.stdout)
    variables = data["_meta"]["hostvars"]
    hosts = {host: {"groups": names, "vars": variables.get(host, {})} for host, names in groups_of(data).items()}
    text = json.dumps({"hosts": hosts}, indent=1, sort_keys=True, ensure_ascii=False)
    (HERE / f"{case.name}.json").write_text(text + "\n")
    print(case.name, len(hosts), "hosts", ran.stderr.strip()[:300])
