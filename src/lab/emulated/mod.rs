//! cm3 as a machine of its own: an emulated one of aarch64 with the memory of a Compute Module 3+, in which a build really
//! runs out of memory.
//!
//! QEMU's own `raspi3b` board has nothing but emulated USB to speak to its surroundings, and is slow to boot. So this is
//! QEMU's `virt` machine with the processor of a Compute Module 3+ (four Cortex-A53) and as much memory as Linux finds on
//! one (914 MiB). It reaches the lab's directory, with the kernel tree in it, and the include server's mirrors as 9p mounts
//! under the paths that they have outside.

mod guest;
mod image;

pub use image::{Image, find_or_make};

pub(super) use guest::{CORES, clean_up, mirror, note_answer, start, write_boot};
