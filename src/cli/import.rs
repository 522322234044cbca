//! `flowrun import`

use super::Exit;
use super::arguments::Import;

pub(super) fn main(_: &Import) -> Exit {
    Exit::Usage
}
