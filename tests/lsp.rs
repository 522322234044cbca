//! The language server, asked over standard input and output by a client of our own.

mod client;
mod features;
mod neovim;
mod protocol;
mod random;
mod tests;
mod workspace;
