//! Which ports of this machine are free, and which answer.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

/// Whether a server can listen there now.
pub(super) fn is_free(address: Ipv4Addr, port: u16) -> bool {
    match TcpListener::bind(SocketAddrV4::new(address, port)) {
        Ok(_) => true,
        // Anything but "taken" is told better by the server itself.
        Err(why) => why.kind() != io::ErrorKind::AddrInUse,
    }
}

/// Whether something listens on exactly this address.
///
/// It reads the kernel's table: a connection would be answered by an ssh banner, and distccd would log it as an error.
pub(super) fn listens(address: Ipv4Addr, port: u16) -> bool {
    fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table_listens(&table, address, port))
}

fn table_listens(table: &str, address: Ipv4Addr, port: u16) -> bool {
    const LISTEN: &str = "0A";
    // The table shows the address as a number in the machine's own byte order, the port as one in network order.
    let local = format!("{:08X}:{port:04X}", u32::from_ne_bytes(address.octets()));
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        fields.next() == Some(&local) && fields.nth(1) == Some(LISTEN)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::process::wait_until;
    use super::*;

    #[test]
    fn a_listener_is_seen_and_its_port_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listens(Ipv4Addr::LOCALHOST, port));
        assert!(!is_free(Ipv4Addr::LOCALHOST, port));
        assert!(!listens(Ipv4Addr::new(127, 0, 0, 2), port));
        drop(listener);
        // A process that another test is starting right now may hold a copy of it until its exec.
        assert!(wait_until(Duration::from_secs(5), || !listens(Ipv4Addr::LOCALHOST, port)));
    }

    #[test]
    fn a_connection_is_no_listener() {
        let table = "  sl  local_address rem_address   st\n   0: 0100007F:1F90 0100007F:9C40 01 0 0\n";
        assert!(!table_listens(table, Ipv4Addr::LOCALHOST, 8080));
    }
}
