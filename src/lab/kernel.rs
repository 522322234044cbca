//! A real kernel for the lab: Debian's source, a small configuration that boots, and a look at the image.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{LabError, machine};

/// Told what is being done, a line at a time.
pub type Progress<'a> = &'a mut dyn FnMut(&str);

/// Where Debian's source packages put their archives.
const SOURCES: &str = "/usr/src";

/// On top of `tinyconfig`: 64 bits, and a console that can be read.
const FRAGMENT: &str = "CONFIG_64BIT=y\nCONFIG_PRINTK=y\nCONFIG_EARLY_PRINTK=y\nCONFIG_TTY=y\nCONFIG_SERIAL_8250=y\n\
                        CONFIG_SERIAL_8250_CONSOLE=y\n";

/// Programs that a kernel build calls, with the package of each.
const PROGRAMS: [(&str, &str); 9] = [
    ("make", "make"),
    ("gcc", "gcc"),
    ("ld", "binutils"),
    ("distcc", "distcc"),
    ("flex", "flex"),
    ("bison", "bison"),
    ("bc", "bc"),
    ("xz", "xz-utils"),
    ("perl", "perl"),
];

/// Headers that its host tools include, with the package of each.
const HEADERS: [(&str, &str); 2] = [("libelf.h", "libelf-dev"), ("openssl/opensslv.h", "libssl-dev")];

/// How long the image may take to say its version; emulated, it takes a second or two.
const BOOT: Duration = Duration::from_secs(60);

/// Makes sure that a kernel can be built here.
///
/// # Errors
/// When the machine is no x86_64, or packages are missing: all of them in one message.
pub fn require_tools() -> Result<(), LabError> {
    if std::env::consts::ARCH != "x86_64" {
        return Err(LabError::new(format!("the lab builds an x86_64 kernel, and this is {}", std::env::consts::ARCH))
            .with_help("run the lab on an x86_64 machine"));
    }
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    Err(LabError::new(format!("a kernel cannot be built here without {}", missing.join(", ")))
        .with_help(format!("apt-get install {list}")))
}

fn missing_packages() -> Vec<&'static str> {
    let programs = PROGRAMS.iter().filter(|(program, _)| machine::find_program(program).is_none());
    let headers = HEADERS.iter().filter(|(header, _)| !has_header(header));
    programs.chain(headers).map(|(_, package)| *package).collect()
}

fn has_header(name: &str) -> bool {
    ["/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/local/include"]
        .iter()
        .any(|dir| Path::new(dir).join(name).is_file())
}

/// The newest kernel source that is installed.
///
/// # Errors
/// When there is none.
pub fn source() -> Result<PathBuf, LabError> {
    let entries = fs::read_dir(SOURCES).into_iter().flatten().flatten().map(|entry| entry.path());
    newest_source(entries).ok_or_else(|| {
        LabError::new(format!("there is no kernel source in `{SOURCES}`")).with_help("apt-get install linux-source")
    })
}

fn newest_source(paths: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let version = |path: &PathBuf| -> Option<Vec<u32>> {
        let name = path.file_name()?.to_str()?;
        let text = name.strip_prefix("linux-source-")?.strip_suffix(".tar.xz")?;
        text.split('.').map(|part| part.parse().ok()).collect()
    };
    paths.filter(|path| version(path).is_some()).max_by_key(version)
}

/// Unpacks the whole source; a tree that is there already stays as it is.
///
/// # Errors
/// When the archive cannot be read, or the disk is full. An incomplete tree is never left under the tree's name.
pub fn unpack(tarball: &Path, tree: &Path, progress: Progress<'_>) -> Result<(), LabError> {
    if tree.join("Kbuild").is_file() {
        progress("the kernel source is unpacked already");
        return Ok(());
    }
    let draft = tree.with_extension("partial");
    let _ = fs::remove_dir_all(&draft);
    fs::create_dir_all(&draft).map_err(|why| LabError::io("make", &draft, why))?;
    let mut tar = Command::new("tar")
        .args(["-xJf", "-", "--strip-components=1", "--no-same-owner", "-C"])
        .arg(&draft)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| LabError::new(format!("cannot run `tar`: {why}")))?;
    let fed = feed(&mut tar, tarball, progress);
    let outcome = finish(tar, tarball).and(fed);
    if let Err(error) = outcome {
        let _ = fs::remove_dir_all(&draft);
        return Err(error);
    }
    fs::rename(&draft, tree).map_err(|why| LabError::io("make", tree, why))
}

/// Copies the archive into tar's stdin and tells how far it is.
fn feed(tar: &mut Child, tarball: &Path, progress: Progress<'_>) -> Result<(), LabError> {
    let unreadable = |why: io::Error| LabError::io("read", tarball, why);
    let mut archive = File::open(tarball).map_err(unreadable)?;
    let size = archive.metadata().map_err(unreadable)?.len().max(1);
    let Some(mut stdin) = tar.stdin.take() else { return Ok(()) };
    let name = tarball.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut block = vec![0; 1 << 16];
    let (mut done, mut told) = (0_u64, None);
    loop {
        let read = archive.read(&mut block).map_err(unreadable)?;
        // tar closes its stdin when it fails; why, it says itself.
        if read == 0 || stdin.write_all(&block[..read]).is_err() {
            return Ok(());
        }
        done += read as u64;
        let tenth = done * 10 / size;
        if told != Some(tenth) {
            told = Some(tenth);
            progress(&format!("unpacking {name}: {} %", tenth * 10));
        }
    }
}

fn finish(tar: Child, tarball: &Path) -> Result<(), LabError> {
    let output = tar.wait_with_output().map_err(|why| LabError::new(format!("lost `tar`: {why}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().next().unwrap_or("tar said nothing");
    Err(LabError::io("unpack", tarball, why).with_help("is the disk full? the tree takes 1.3 GB"))
}

/// Configures the tree for a small kernel that boots, and removes what an earlier build left in it.
///
/// # Errors
/// When `make` fails.
pub fn configure(tree: &Path, progress: Progress<'_>) -> Result<(), LabError> {
    if tree.join(".config").exists() {
        progress("removing the results of an earlier build");
        make(tree, &["mrproper"])?;
    }
    progress("configuring a tiny x86_64 kernel with a serial console");
    let fragment = tree.with_extension("fragment");
    fs::write(&fragment, FRAGMENT).map_err(|why| LabError::io("write", &fragment, why))?;
    let outcome = make(tree, &[&format!("KCONFIG_ALLCONFIG={}", fragment.display()), "tinyconfig"]);
    let _ = fs::remove_file(&fragment);
    outcome?;
    let config = tree.join(".config");
    let text = fs::read_to_string(&config).map_err(|why| LabError::io("read", &config, why))?;
    // An option whose name or conditions have changed is dropped without a word.
    match FRAGMENT.lines().find(|wanted| !text.lines().any(|line| line == *wanted)) {
        None => Ok(()),
        Some(lost) => Err(LabError::new(format!("this kernel's configuration does not take `{lost}`"))),
    }
}

fn make(tree: &Path, arguments: &[&str]) -> Result<(), LabError> {
    let mut command = Command::new("make");
    command.args(["-s", "ARCH=x86_64"]).args(arguments).current_dir(tree).env("LC_ALL", "C");
    // Called from within a make, its options are not meant for this one.
    command.env_remove("MAKEFLAGS").env_remove("MFLAGS");
    machine::output_of(&mut command).map(drop)
}

/// Looks at a kernel image and boots it where QEMU is installed; returns its `Linux version …` line.
///
/// # Errors
/// When it is no bzImage, or says no version within a minute.
pub fn check_image(image: &Path, progress: Progress<'_>) -> Result<Option<String>, LabError> {
    require_image(image)?;
    if machine::find_program("file").is_some() {
        let says = machine::output_of(Command::new("file").arg("--brief").arg(image))?;
        progress(says.trim());
    }
    let Some(qemu) = machine::find_program("qemu-system-x86_64") else {
        progress("not booted: qemu-system-x86_64 is not installed (apt-get install qemu-system-x86)");
        return Ok(None);
    };
    progress("booting it in QEMU");
    boot(&qemu, image).map(Some)
}

/// The boot header of x86 names itself, and says by a flag whether the kernel is a big one.
fn require_image(image: &Path) -> Result<(), LabError> {
    const MAGIC: std::ops::Range<usize> = 0x202..0x206;
    const FLAGS: usize = 0x211;
    let mut header = Vec::new();
    File::open(image)
        .and_then(|file| file.take(0x220).read_to_end(&mut header))
        .map_err(|why| LabError::io("read", image, why))?;
    let is_image = header.get(MAGIC) == Some(b"HdrS") && header.get(FLAGS).is_some_and(|flags| flags & 1 == 1);
    if is_image { Ok(()) } else { Err(LabError::new(format!("`{}` is no bzImage", image.display()))) }
}

fn boot(qemu: &Path, image: &Path) -> Result<String, LabError> {
    let mut guest = Command::new(qemu)
        .args(["-nographic", "-monitor", "none", "-nic", "none", "-no-reboot", "-m", "256M", "-kernel"])
        .arg(image)
        // Without a root file system the kernel soon panics: then it ends, and QEMU with it.
        .args(["-append", "console=ttyS0 earlyprintk=serial,ttyS0,115200 panic=-1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| LabError::io("run", qemu, why))?;
    let version = read_version(&mut guest);
    let _ = guest.kill();
    let _ = guest.wait();
    version.ok_or_else(|| {
        LabError::new(format!("`{}` does not boot: it said no Linux version in QEMU", image.display())).with_help(
            format!(
                "look at it: {} -nographic -no-reboot -kernel {} -append 'console=ttyS0 panic=-1'",
                qemu.display(),
                image.display()
            ),
        )
    })
}

/// Reads the guest's console for the version line, in a thread, because a silent guest would block for ever.
fn read_version(guest: &mut Child) -> Option<String> {
    let console = guest.stdout.take()?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(console).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + BOOT;
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if let Some(at) = line.find("Linux version ") {
            return Some(line[at..].trim_end().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_source_is_newest_by_number() {
        let names = ["linux-source-6.1.tar.xz", "linux-source-6.10.tar.xz", "linux-source-6.9.tar.xz", "x.tar.xz"];
        let newest = newest_source(names.iter().map(PathBuf::from));
        assert_eq!(newest, Some(PathBuf::from("linux-source-6.10.tar.xz")));
        assert_eq!(newest_source(std::iter::empty()), None);
    }

    #[test]
    fn a_file_that_is_no_image_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = check_image(file.path(), &mut |_| {}).unwrap_err();
        assert!(error.message().ends_with("is no bzImage"), "{error}");
    }

    #[test]
    fn a_broken_archive_leaves_no_tree() {
        let dir = tempfile::tempdir().unwrap();
        let tarball = dir.path().join("linux-source-0.tar.xz");
        fs::write(&tarball, "no archive").unwrap();
        let tree = dir.path().join("linux");
        let error = unpack(&tarball, &tree, &mut |_| {}).unwrap_err();
        assert!(error.message().starts_with("cannot unpack"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_tree_is_unpacked_once_and_told_of() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("linux-source-0");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("Kbuild"), "").unwrap();
        let tarball = dir.path().join("linux-source-0.tar.xz");
        let packed =
            Command::new("tar").arg("-cJf").arg(&tarball).arg("-C").arg(dir.path()).arg("linux-source-0").status();
        assert!(packed.unwrap().success());
        let (tree, mut said) = (dir.path().join("linux"), Vec::new());
        for _ in 0..2 {
            unpack(&tarball, &tree, &mut |line| said.push(line.to_owned())).unwrap();
        }
        assert_eq!(said, ["unpacking linux-source-0.tar.xz: 100 %", "the kernel source is unpacked already"]);
        assert!(tree.join("Kbuild").is_file());
    }
}
