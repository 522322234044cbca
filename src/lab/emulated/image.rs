//! The image of the emulated machine: Debian's packages for arm64, unpacked, with a kernel and a small initramfs.
//!
//! Nothing of the packages is run when it is made. Their scripts would need emulation, a kernel package's take a quarter of
//! an hour under it, and the little that they would have written is known.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::lab::kernel::Progress;
use crate::lab::{LabError, machine, make_private};

/// Turns a directory of unpacked packages into the image's files.
const PACK: &str = include_str!("pack-image");

/// The packages of the guest: a shell and its tools, sshd, what kernel.flow runs on cm3, and a compiler for those who want
/// to see what it comes to there.
const PACKAGES: &[&str] = &[
    "base-files",
    "busybox-static",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "distcc",
    "distcc-pump",
    "findutils",
    "gcc",
    "grep",
    "gzip",
    "hostname",
    "iproute2",
    "libc-bin",
    "libc6-dev",
    "linux-image-arm64",
    "login",
    "make",
    "mawk",
    "mount",
    "ncurses-bin",
    "openssh-server",
    "procps",
    "python3",
    "sed",
    "tar",
    "util-linux",
];

/// What the image is made of; each is a file in the image's directory.
const KERNEL: &str = "vmlinuz";
const INITRD: &str = "initrd";
const DISK: &str = "disk";

/// What runs it, with the package of it.
pub(super) const EMULATOR: (&str, &str) = ("qemu-system-aarch64", "qemu-system-arm");

/// What makes it, with the package of each.
const MAKERS: [(&str, &str); 5] =
    [("mmdebstrap", "mmdebstrap"), ("cpio", "cpio"), ("depmod", "kmod"), ("mke2fs", "e2fsprogs"), ("apt-get", "apt")];

/// A bootable image. It belongs to no lab in particular and is never written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Image {
    dir: PathBuf,
}

impl Image {
    pub(super) fn kernel(&self) -> PathBuf {
        self.dir.join(KERNEL)
    }

    pub(super) fn initrd(&self) -> PathBuf {
        self.dir.join(INITRD)
    }

    pub(super) fn disk(&self) -> PathBuf {
        self.dir.join(DISK)
    }

    fn is_whole(&self) -> bool {
        [self.kernel(), self.initrd(), self.disk()].iter().all(|file| file.is_file())
    }
}

/// The image that fits this version of flowrun, from the user's cache; made when it is not there, which takes root unless
/// mmdebstrap knows a way without.
///
/// # Errors
/// When packages are missing, all of them in one message, or when it cannot be made.
pub fn find_or_make(progress: Progress<'_>) -> Result<Image, LabError> {
    require(&[EMULATOR])?;
    let cache = cache_dir()?;
    let release = release()?;
    let image = Image { dir: cache.join(name(&release)) };
    if !image.is_whole() {
        require(&MAKERS)?;
        make(&image, &release, progress)?;
    }
    Ok(image)
}

/// Another content or another Debian is another image.
fn name(release: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (PACK, PACKAGES).hash(&mut hasher);
    format!("cm3-{release}-{:016x}", hasher.finish())
}

fn require(programs: &[(&str, &'static str)]) -> Result<(), LabError> {
    let missing = programs.iter().filter(|(program, _)| machine::find_program(program).is_none());
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(LabError::new(format!("cm3 cannot be emulated here without {}", missing.join(", ")))
        .with_help(format!("apt-get install {}", missing.join(" "))))
}

fn cache_dir() -> Result<PathBuf, LabError> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("flowrun"))
        .ok_or_else(|| LabError::new("no home directory for the image of cm3").with_help("set HOME or XDG_CACHE_HOME"))
}

/// The name of this machine's Debian: the guest gets the same, and so the same compiler.
fn release() -> Result<String, LabError> {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    codename(&text).ok_or_else(|| {
        LabError::new("cm3 cannot be emulated here: this is no Debian, whose packages its image is made of")
            .with_help("bring the lab up without `--cm3 emulated`")
    })
}

fn codename(os_release: &str) -> Option<String> {
    let value = |key| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim_matches('"').to_owned())
    };
    value("VERSION_CODENAME").filter(|_| value("ID").as_deref() == Some("debian"))
}

fn make(image: &Image, release: &str, progress: Progress<'_>) -> Result<(), LabError> {
    let sources = sources(release)?;
    let parent = image.dir.parent().unwrap_or(Path::new("/"));
    make_private(parent)?;
    let draft =
        tempfile::Builder::new().prefix("cm3.").tempdir_in(parent).map_err(|why| LabError::io("make", parent, why))?;
    progress("making the image of an aarch64 machine from Debian's packages (130 MB to fetch, once)");
    run_mmdebstrap(release, &sources, draft.path(), &parent.join("cm3.log"))?;
    // The way out of mmdebstrap fills holes with zeros; an image that keeps them only takes more room.
    let _ = machine::output_of(Command::new("fallocate").arg("-d").arg(draft.path().join(DISK)));
    let made = draft.keep();
    if fs::rename(&made, &image.dir).is_ok() {
        return Ok(());
    }
    // Another flowrun was quicker, or half of an image is there.
    let _ = if image.is_whole() { fs::remove_dir_all(&made) } else { fs::remove_dir_all(&image.dir) };
    if image.is_whole() {
        return Ok(());
    }
    fs::rename(&made, &image.dir).map_err(|why| LabError::io("make", &image.dir, why))
}

/// Debian's archives as this machine's apt knows them, as lines of a `sources.list`.
fn sources(release: &str) -> Result<String, LabError> {
    let mut apt = Command::new("apt-get");
    // What was never fetched is left out unless it is asked for without what a fetch would tell.
    apt.args([
        "indextargets",
        "--no-release-info",
        "--format",
        "$(REPO_URI) $(RELEASE) $(COMPONENT)",
        "Created-By: Packages",
    ]);
    let lines = debian_sources(&machine::output_of(&mut apt)?, release);
    if lines.is_empty() {
        return Err(LabError::new(format!("apt knows no archive of Debian {release} to make the image of cm3 from"))
            .with_help("name one in /etc/apt/sources.list.d"));
    }
    Ok(lines)
}

/// Those of apt's lines `URI RELEASE COMPONENT` that are Debian's own. Others may have no packages for arm64, and are
/// signed by keys that nobody said to trust here.
fn debian_sources(known: &str, release: &str) -> String {
    let mut lines = BTreeSet::new();
    for line in known.lines() {
        let [uri, suite, "main"] = line.split_ascii_whitespace().collect::<Vec<_>>()[..] else { continue };
        let is_debian = matches!(uri.trim_end_matches('/').rsplit('/').next(), Some("debian" | "debian-security"));
        let is_release = suite.split(['-', '/']).next() == Some(release);
        if is_debian && is_release {
            lines.insert(format!("deb {uri} {suite} main\n"));
        }
    }
    lines.into_iter().collect()
}

fn run_mmdebstrap(release: &str, sources: &str, dir: &Path, log: &Path) -> Result<(), LabError> {
    let told = File::create(log).map_err(|why| LabError::io("write", log, why))?;
    let list = dir.join("sources.list");
    fs::write(&list, sources).map_err(|why| LabError::io("write", &list, why))?;
    let out =
        shlex::try_quote(dir.to_str().unwrap_or_default()).map_err(|why| LabError::io("use", dir, why))?.into_owned();
    let input = File::open(&list).map_err(|why| LabError::io("read", &list, why))?;
    let ended = Command::new("mmdebstrap")
        .args(["--arch=arm64", "--variant=extract", "--format=null", "--aptopt=Acquire::Languages \"none\""])
        .arg(format!("--include={}", PACKAGES.join(",")))
        .arg(format!("--extract-hook={PACK}"))
        .arg(format!("--extract-hook=copy-out /image/{KERNEL} /image/{INITRD} /image/{DISK} {out}"))
        .args([release, "/dev/null", "-"])
        .env("LC_ALL", "C")
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(told)
        .status()
        .map_err(|why| LabError::new(format!("cannot run `mmdebstrap`: {why}")))?;
    let _ = fs::remove_file(&list);
    if ended.success() {
        return Ok(());
    }
    let said = fs::read_to_string(log).unwrap_or_default();
    Err(LabError::new(format!("the image of cm3 could not be made: {}", first_error(&said)))
        .with_help(format!("what mmdebstrap said is in `{}`", log.display())))
}

/// The first error is the cause; those behind it only follow from it.
fn first_error(log: &str) -> &str {
    log.lines().find_map(|line| line.strip_prefix("E: ")).unwrap_or("mmdebstrap failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debian_has_the_packages() {
        let debian = "ID=debian\nVERSION_CODENAME=bookworm\n";
        assert_eq!(codename(debian).as_deref(), Some("bookworm"));
        assert_eq!(codename("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n"), None);
        assert_eq!(codename(""), None);
    }

    #[test]
    fn the_guest_comes_from_debian_s_own_archives() {
        let known = "http://mirror/debian/ bookworm main\nhttp://mirror/debian/ bookworm main\n\
                     http://mirror/debian/ bookworm contrib\nhttp://mirror/debian/ bookworm-backports main\n\
                     http://mirror/debian/ trixie main\nhttp://apt.example/ bookworm main\n";
        let expected = "deb http://mirror/debian/ bookworm main\ndeb http://mirror/debian/ bookworm-backports main\n";
        assert_eq!(debian_sources(known, "bookworm"), expected);
    }

    #[test]
    fn the_cause_is_told_and_not_what_follows_from_it() {
        let log = "I: running\nE: no space left\nI: removing\nE: mmdebstrap failed to run\n";
        assert_eq!(first_error(log), "no space left");
        assert_eq!(first_error("I: running\n"), "mmdebstrap failed");
    }

    #[test]
    fn all_missing_packages_are_named_at_once() {
        let error = require(&[("no-such-a", "package-a"), ("sh", "dash"), ("no-such-b", "package-b")]).unwrap_err();
        assert_eq!(error.message(), "cm3 cannot be emulated here without package-a, package-b");
        assert_eq!(error.help(), Some("apt-get install package-a package-b"));
    }
}
