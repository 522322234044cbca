//! Workflows of any length for benchmarks.

/// A workflow as people write them, some 35 bytes a line: tasks, stages, commands, splices.
pub(crate) fn workflow(lines: usize) -> String {
    let mut text = String::from(
        "use std/systemd\nuse std/net\n\ninput unit: Str = \"distccd\"\nhost builder = x86_64 and group(builders)\nhosts workers = group(distcc)\n\n",
    );
    for number in 0..lines / 25 {
        text.push_str(&format!(
            "## Sees that the service of part {number} is as it should be.\n\
             task part-{number}(file: Path, count: Int = {number}) -> File does change {{\n\
             \x20   ensure \"{{{{ file }}}} is there\" {{\n\
             \x20       assert file-exists(file)\n\
             \x20   }} else {{\n\
             \x20       sh \"mkdir -p /srv/part-{number} && touch {{{{ file }}}}\"\n\
             \x20   }}\n\
             \x20   let found = sh(\"wc -c {{{{ file }}}} | cut -d' ' -f1\")\n\
             \x20   print \"{{{{ file }}}} has {{{{ found.stdout }}}} bytes of {{{{ count }}}}\"\n\
             \x20   return file-at(file)\n\
             }}\n\n\
             stage stage-{number} on workers or builder timeout 2m {{\n\
             \x20   let file = part-{number}(\"/srv/part-{number}/list\", count: len(workers))\n\
             \x20   on x86_64 {{\n\
             \x20       print \"{{{{ file.path }}}} is on {{{{ here.name }}}}\"\n\
             \x20       retry 5 every 2s {{\n\
             \x20           sh \"grep -q part {{{{ file.path }}}}\"\n\
             \x20       }}\n\
             \x20   }}\n\
             \x20   for worker in workers {{\n\
             \x20       print \"{{{{ worker.name }}}} is one of {{{{ len(workers) }}}}\"\n\
             \x20   }}\n\
             }}\n\n"
        ));
    }
    text
}
